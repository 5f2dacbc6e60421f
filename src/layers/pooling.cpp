// Max and average pooling over windows.
#include <markhor/layers/pooling.hpp>

#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/pooling.hpp"

namespace markhor::layers {
namespace {

enum class Pool { max, average };

template <Pool Kind, int Rank>
class PoolingLayer final : public SingleInputLayer {
public:
    PoolingLayer() = default;
    PoolingLayer(Ints pool_size, const PoolingOptions& options) : pool_size_(std::move(pool_size)), options_(options) {}

    std::string_view class_name() const override {
        if (Kind == Pool::max) return Rank == 1 ? "MaxPooling1D" : Rank == 2 ? "MaxPooling2D" : "MaxPooling3D";
        return Rank == 1 ? "AveragePooling1D" : Rank == 2 ? "AveragePooling2D" : "AveragePooling3D";
    }

    void describe(FieldVisitor& visitor) override {
        visitor.field("pool_size", pool_size_);
        visitor.field("padding", options_.padding);
        visitor.field("strides", options_.strides);
        visitor.field("data_format", options_.data_format);
    }

    void standardize() override {
        pool_size_ = pool_size_.expand(Rank, "pool_size");
        options_.strides = options_.strides.is_set() ? options_.strides.expand(Rank, "strides") : pool_size_;
    }

    void check() const override {
        check_choice("padding", options_.padding, {"valid", "same"});
        check_data_format(options_.data_format);
        window().check("pool_size");
    }

    Shape output_shape(const Shape& input) const override {
        const Shape image = channels_last(input, Rank, options_.data_format);
        return in_format(window().output_shape(image, image.back()), options_.data_format);
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const graph::Value image = to_channels_last(graph, x, options_.data_format);
        const ops::Window steps = window().window(graph.spec(image).shape);
        const graph::Value y =
            Kind == Pool::max ? ops::max_pool(graph, image, steps) : ops::average_pool(graph, image, steps);
        return to_format(graph, y, options_.data_format);
    }

private:
    WindowArguments window() const {
        static const Ints no_dilation(std::vector<std::int64_t>(Rank, 1));
        return {"pool", Rank, pool_size_, options_.strides, no_dilation, options_.padding};
    }

    Ints pool_size_ = 2;
    PoolingOptions options_;
};

const RegisterLayer<PoolingLayer<Pool::max, 1>> register_max_pooling1d("MaxPooling1D");
const RegisterLayer<PoolingLayer<Pool::max, 2>> register_max_pooling2d("MaxPooling2D");
const RegisterLayer<PoolingLayer<Pool::max, 3>> register_max_pooling3d("MaxPooling3D");
const RegisterLayer<PoolingLayer<Pool::average, 1>> register_average_pooling1d("AveragePooling1D");
const RegisterLayer<PoolingLayer<Pool::average, 2>> register_average_pooling2d("AveragePooling2D");
const RegisterLayer<PoolingLayer<Pool::average, 3>> register_average_pooling3d("AveragePooling3D");

}  // namespace

template <int Rank>
MaxPooling<Rank>::MaxPooling(Ints pool_size, const PoolingOptions& options)
    : Layer(make_layer<PoolingLayer<Pool::max, Rank>>(options.name, std::move(pool_size), options)) {}

template <int Rank>
AveragePooling<Rank>::AveragePooling(Ints pool_size, const PoolingOptions& options)
    : Layer(make_layer<PoolingLayer<Pool::average, Rank>>(options.name, std::move(pool_size), options)) {}

template class MaxPooling<1>;
template class MaxPooling<2>;
template class MaxPooling<3>;
template class AveragePooling<1>;
template class AveragePooling<2>;
template class AveragePooling<3>;

}  // namespace markhor::layers
