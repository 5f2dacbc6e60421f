// The reference engine: the table of all plain kernels.
#include <string>

#include "engine/engines.hpp"
#include "engine/in_bfloat16.hpp"
#include "kernels.hpp"

namespace markhor::engine {
namespace {

template <class From, class To>
void convert(std::int64_t count, const From* from, To* to) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<To>(from[i]);
}

class ReferenceEngine final : public graph::Engine {
public:
    ReferenceEngine() {
        plain::add_convolution(table_);
        plain::add_pooling(table_);
        plain::add_reduction(table_);
        plain::add_normalization(table_);
        plain::add_matmul(table_);
        plain::add_elementwise(table_);
        plain::add_comparison(table_);
        plain::add_softmax(table_);
        plain::add_sparsemax(table_);
        plain::add_shape_ops(table_);
        plain::add_random(table_);
        plain::add_resample(table_);
        plain::add_update(table_);
    }

    std::string_view name() const override { return "reference"; }

    graph::KernelPtr kernel(const ops::Op& op, graph::Specs inputs, graph::Specs outputs) const override {
        if (const auto* narrow = ops::as<ops::InBfloat16>(op)) {
            return by_float32(*this, {convert<BFloat16, float>, convert<float, BFloat16>}, *narrow, inputs, outputs);
        }
        graph::KernelPtr kernel = table_.make(op, inputs, outputs);
        if (kernel == nullptr) {
            const std::string type = inputs.empty() ? "" : " of " + std::string(name_of(inputs[0].dtype));
            throw Error("the reference engine has no kernel for the operation " + std::string(op.name()) + type);
        }
        return kernel;
    }

private:
    graph::KernelTable table_;
};

}  // namespace

const graph::Engine& reference() {
    static const ReferenceEngine engine;
    return engine;
}

namespace plain {

std::vector<std::int64_t> strides_of(const Shape& shape) {
    std::vector<std::int64_t> strides(shape.rank(), 1);
    for (std::size_t axis = shape.rank(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
    return strides;
}

Walk broadcast_walk(const Shape& from, const Shape& to) {
    const std::vector<std::int64_t> strides = strides_of(from);
    const std::size_t added = to.rank() - from.rank();
    Walk walk;
    for (std::size_t axis = 0; axis < to.rank(); ++axis) {
        const bool repeated = axis < added || from[axis - added] == 1;
        walk.add_axis(to[axis], repeated ? 0 : strides[axis - added]);
    }
    return walk;
}

}  // namespace plain
}  // namespace markhor::engine
