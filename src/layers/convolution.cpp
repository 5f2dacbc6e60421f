// Conv1D, Conv2D and Conv3D.
#include <markhor/error.hpp>
#include <markhor/layers/convolution.hpp>

#include "layers/activations.hpp"
#include "layers/kernel_and_bias.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/convolution.hpp"

namespace markhor::layers {
namespace {

template <int Rank>
class ConvolutionLayer final : public SingleInputLayer {
public:
    ConvolutionLayer() = default;
    ConvolutionLayer(std::int64_t filters, Ints kernel_size, const ConvolutionOptions& options)
        : filters_(filters), kernel_size_(std::move(kernel_size)), options_(options) {
        set_trainable(options.trainable);
        activity_regularizer() = options.activity_regularizer;
    }

    std::string_view class_name() const override { return Rank == 1 ? "Conv1D" : Rank == 2 ? "Conv2D" : "Conv3D"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("filters", filters_);
        visitor.field("kernel_size", kernel_size_);
        visitor.field("strides", options_.strides);
        visitor.field("padding", options_.padding);
        visitor.field("data_format", options_.data_format);
        visitor.field("dilation_rate", options_.dilation_rate);
        visitor.field("groups", options_.groups);
        visitor.field("activation", options_.activation);
        visitor.field("use_bias", options_.use_bias);
        describe_kernel_and_bias(visitor, options_, &activity_regularizer());
    }

    void standardize() override {
        kernel_size_ = kernel_size_.expand(Rank, "kernel_size");
        options_.strides = options_.strides.expand(Rank, "strides");
        options_.dilation_rate = options_.dilation_rate.expand(Rank, "dilation_rate");
    }

    void check() const override {
        check_at_least("filters", filters_);
        if constexpr (Rank == 1) {
            check_choice("padding", options_.padding, {"valid", "same", "causal"});
        } else {
            check_choice("padding", options_.padding, {"valid", "same"});
        }
        check_data_format(options_.data_format);
        window().check("kernel_size");
        check_at_least("groups", options_.groups);
        if (filters_ % options_.groups != 0) {
            throw ValueError("filters is " + std::to_string(filters_) + " and groups is " +
                             std::to_string(options_.groups) + "; a number of filters that groups divides is wanted");
        }
        check_activation("activation", options_.activation);
    }

    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        const Shape image = channels_last(input, Rank, options_.data_format);
        check_channels(image.back(), input);
        return activated_shape(options_.activation,
                               in_format(window().output_shape(image, filters_), options_.data_format));
    }

    void build_for(const Shape& input) override {
        const std::int64_t channels = channels_last(input, Rank, options_.data_format).back();
        Shape kernel(kernel_size_.values());
        kernel.push_back(channels / options_.groups);
        kernel.push_back(filters_);
        kernel_ = add_weight("kernel", kernel, options_.kernel_initializer,
                             {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
        if (options_.use_bias)
            bias_ = add_weight("bias", {filters_}, options_.bias_initializer,
                               {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const graph::Value image = to_channels_last(graph, x, options_.data_format);
        const graph::Value kernel = graph.variable(kernel_);
        const graph::Value bias = options_.use_bias ? graph.variable(bias_) : graph::Value{};
        const ops::Window steps = window().window(graph.spec(image).shape);
        const graph::Value y = ops::convolution(graph, image, kernel, bias, steps, options_.groups);
        return activate(context, options_.activation, to_format(graph, y, options_.data_format));
    }

private:
    WindowArguments window() const {
        return {"kernel", Rank, kernel_size_, options_.strides, options_.dilation_rate, options_.padding};
    }

    void check_channels(std::int64_t channels, const Shape& input) const {
        if (channels < 1) {
            throw ShapeError("the number of channels must be known and at least 1; an input of shape " + input.str() +
                             " came");
        }
        if (channels % options_.groups != 0) {
            throw ShapeError("groups is " + std::to_string(options_.groups) + " and the input of shape " + input.str() +
                             " has " + std::to_string(channels) + " channels; a number that groups divides is wanted");
        }
        const std::int64_t wanted = built() ? kernel_->value.shape().dim(-2) * options_.groups : channels;
        if (channels != wanted) {
            throw ShapeError("was built for " + std::to_string(wanted) + " channels; an input of shape " + input.str() +
                             " came");
        }
    }

    std::int64_t filters_ = 0;
    Ints kernel_size_;
    ConvolutionOptions options_;
    VariablePtr kernel_;
    VariablePtr bias_;
};

const RegisterLayer<ConvolutionLayer<1>> register_conv1d("Conv1D");
const RegisterLayer<ConvolutionLayer<2>> register_conv2d("Conv2D");
const RegisterLayer<ConvolutionLayer<3>> register_conv3d("Conv3D");

}  // namespace

template <int Rank>
Convolution<Rank>::Convolution(std::int64_t filters, Ints kernel_size, const ConvolutionOptions& options)
    : Layer(make_layer<ConvolutionLayer<Rank>>(options.name, filters, std::move(kernel_size), options)) {}

template class Convolution<1>;
template class Convolution<2>;
template class Convolution<3>;

}  // namespace markhor::layers
