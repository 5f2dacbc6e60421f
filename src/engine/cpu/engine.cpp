// The cpu engine: the table of its own kernels, and the reference engine for what they do not cover.
#include "engine/engines.hpp"
#include "kernels.hpp"

namespace markhor::engine {
namespace {

class CpuEngine final : public graph::Engine {
public:
    CpuEngine() {
        cpu::add_convolution(table_);
        cpu::add_pooling(table_);
        cpu::add_reduction(table_);
        cpu::add_normalization(table_);
        cpu::add_matmul(table_);
        cpu::add_elementwise(table_);
        cpu::add_softmax(table_);
        cpu::add_shape_ops(table_);
        cpu::add_random(table_);
        cpu::add_update(table_);
    }

    std::string_view name() const override { return "cpu"; }

    graph::KernelPtr kernel(const ops::Op& op, graph::Specs inputs, graph::Specs outputs) const override {
        graph::KernelPtr kernel = table_.make(op, inputs, outputs);
        return kernel != nullptr ? std::move(kernel) : reference().kernel(op, inputs, outputs);
    }

private:
    graph::KernelTable table_;
};

}  // namespace

const graph::Engine& cpu() {
    static const CpuEngine engine;
    return engine;
}

}  // namespace markhor::engine
