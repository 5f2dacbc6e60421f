// UpSampling.
#include <markhor/error.hpp>
#include <markhor/layers/reshaping.hpp>

#include "layers/interpolation.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

template <int Rank>
class UpSamplingLayer final : public SingleInputLayer {
public:
    UpSamplingLayer() = default;
    UpSamplingLayer(Ints size, const UpSamplingOptions& options) : size_(std::move(size)), options_(options) {}

    std::string_view class_name() const override {
        return Rank == 1 ? "UpSampling1D" : Rank == 2 ? "UpSampling2D" : "UpSampling3D";
    }

    void describe(FieldVisitor& visitor) override {
        if constexpr (Rank == 1) {
            std::int64_t size = size_.values()[0];  // Keras has a plain number here
            visitor.field("size", size);
            size_ = size;
        } else {
            visitor.field("size", size_);
            visitor.field("data_format", options_.data_format);
            if constexpr (Rank == 2) visitor.field("interpolation", options_.interpolation);
        }
    }

    void standardize() override { size_ = size_.expand(Rank, "size"); }

    void check() const override {
        check_each_at_least("size", size_);
        check_data_format(options_.data_format);
        check_interpolation(options_.interpolation);
        if (Rank != 2) check_choice("interpolation", options_.interpolation, {"nearest"});
    }

    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        Shape image = channels_last(input, Rank, options_.data_format);
        for (std::size_t axis = 0; axis < Rank; ++axis)
            image[axis + 1] = product(image[axis + 1], size_.values()[axis]);
        return in_format(image, options_.data_format);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const Shape input = graph.spec(x).shape;
        if (options_.interpolation != "nearest") return interpolated(graph, x);
        const std::size_t first = options_.data_format == "channels_first" ? 2 : 1;
        Shape split;   // each spatial axis followed by one of size 1, …
        Shape spread;  // which is spread over the repeats
        std::vector<int> repeats;
        for (std::size_t axis = 0; axis < input.rank(); ++axis) {
            split.push_back(input[axis]);
            spread.push_back(input[axis]);
            if (axis < first || axis >= first + Rank) continue;
            repeats.push_back(static_cast<int>(split.rank()));
            split.push_back(1);
            spread.push_back(size_.values()[axis - first]);
        }
        const graph::Value apart = ops::reshape(graph, x, split);
        const graph::Value repeated = graph.add1(std::make_shared<ops::BroadcastTo>(spread, repeats), {apart});
        return ops::reshape(graph, repeated, output_shape(input));
    }

private:
    graph::Value interpolated(graph::Graph& graph, graph::Value x) const {
        const graph::Value images = to_channels_last(graph, x, options_.data_format);
        const Shape shape = graph.spec(images).shape;
        const graph::Value y = resize(graph, images, product(shape[1], size_.values()[0]),
                                      product(shape[2], size_.values()[1]), options_.interpolation);
        return to_format(graph, y, options_.data_format);
    }

    Ints size_ = 2;
    UpSamplingOptions options_;
};

const RegisterLayer<UpSamplingLayer<1>> register_up1d("UpSampling1D");
const RegisterLayer<UpSamplingLayer<2>> register_up2d("UpSampling2D");
const RegisterLayer<UpSamplingLayer<3>> register_up3d("UpSampling3D");

}  // namespace

template <int Rank>
UpSampling<Rank>::UpSampling(Ints size, const UpSamplingOptions& options)
    : Layer(make_layer<UpSamplingLayer<Rank>>(options.name, std::move(size), options)) {}

template class UpSampling<1>;
template class UpSampling<2>;
template class UpSampling<3>;

}  // namespace markhor::layers
