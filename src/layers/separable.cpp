// Depthwise and separable convolution: a convolution with one group a channel and, in the latter, a 1x1 convolution
// after it.
#include <markhor/error.hpp>
#include <markhor/layers/convolution.hpp>

#include "layers/activations.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/convolution.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

// What both have: the depthwise step. Options is a public options struct with the fields used here.
template <int Rank, class Options>
class DepthwiseStep : public SingleInputLayer {
public:
    DepthwiseStep() = default;
    DepthwiseStep(Ints kernel_size, const Options& options) : kernel_size_(std::move(kernel_size)), options_(options) {
        set_trainable(options.trainable);
        activity_regularizer() = options.activity_regularizer;
    }

    void standardize() override {
        kernel_size_ = kernel_size_.expand(Rank, "kernel_size");
        options_.strides = options_.strides.expand(Rank, "strides");
        options_.dilation_rate = options_.dilation_rate.expand(Rank, "dilation_rate");
    }

    void check() const override {
        check_choice("padding", options_.padding, {"valid", "same"});
        check_data_format(options_.data_format);
        window().check("kernel_size");
        check_at_least("depth_multiplier", options_.depth_multiplier);
        check_activation("activation", options_.activation);
    }

    bool has_build() const override { return true; }

protected:
    WindowArguments window() const {
        return {"kernel", Rank, kernel_size_, options_.strides, options_.dilation_rate, options_.padding};
    }

    Shape shape_with(const Shape& input, std::int64_t channels) const {
        const Shape image = channels_last(input, Rank, options_.data_format);
        return activated_shape(options_.activation,
                               in_format(window().output_shape(image, channels), options_.data_format));
    }

    std::int64_t channels_of(const Shape& input) const {
        const std::int64_t channels = channels_last(input, Rank, options_.data_format).back();
        if (channels < 1) {
            throw ShapeError("the number of channels must be known and at least 1; an input of shape " + input.str() +
                             " came");
        }
        const std::int64_t wanted = built() ? depthwise_kernel_->value.shape().dim(-2) : channels;
        if (channels != wanted) {
            throw ShapeError("was built for " + std::to_string(wanted) + " channels; an input of shape " + input.str() +
                             " came");
        }
        return channels;
    }

    void add_depthwise_kernel(const char* name, std::int64_t channels) {
        Shape shape(kernel_size_.values());
        shape.push_back(channels);
        shape.push_back(options_.depth_multiplier);
        depthwise_kernel_ =
            add_weight(name, shape, options_.depthwise_initializer,
                       {.regularizer = options_.depthwise_regularizer, .constraint = options_.depthwise_constraint});
    }

    graph::Value depthwise(graph::Graph& graph, graph::Value image, graph::Value bias) const {
        const Shape& shape = graph.spec(image).shape;
        // (k…, channels, multiplier) and (k…, 1, channels * multiplier) are the same elements in the same order.
        Shape grouped(kernel_size_.values());
        grouped.push_back(1);
        grouped.push_back(shape.back() * options_.depth_multiplier);
        const graph::Value kernel = ops::reshape(graph, graph.variable(depthwise_kernel_), grouped);
        return ops::convolution(graph, image, kernel, bias, window().window(shape), shape.back());
    }

    Ints kernel_size_;
    Options options_;
    VariablePtr depthwise_kernel_;
    VariablePtr bias_;
};

template <int Rank>
class DepthwiseLayer final : public DepthwiseStep<Rank, DepthwiseConvolutionOptions> {
public:
    using DepthwiseStep<Rank, DepthwiseConvolutionOptions>::DepthwiseStep;

    std::string_view class_name() const override { return Rank == 1 ? "DepthwiseConv1D" : "DepthwiseConv2D"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("depth_multiplier", this->options_.depth_multiplier);
        visitor.field("kernel_size", this->kernel_size_);
        visitor.field("strides", this->options_.strides);
        visitor.field("padding", this->options_.padding);
        visitor.field("data_format", this->options_.data_format);
        visitor.field("dilation_rate", this->options_.dilation_rate);
        visitor.field("activation", this->options_.activation);
        visitor.field("use_bias", this->options_.use_bias);
        visitor.field("depthwise_initializer", this->options_.depthwise_initializer);
        visitor.field("bias_initializer", this->options_.bias_initializer);
        visitor.field("depthwise_regularizer", this->options_.depthwise_regularizer);
        visitor.field("bias_regularizer", this->options_.bias_regularizer);
        visitor.field("activity_regularizer", this->activity_regularizer());
        visitor.field("depthwise_constraint", this->options_.depthwise_constraint);
        visitor.field("bias_constraint", this->options_.bias_constraint);
    }

    Shape output_shape(const Shape& input) const override {
        return this->shape_with(input, product(this->channels_of(input), this->options_.depth_multiplier));
    }

    void build_for(const Shape& input) override {
        const std::int64_t channels = this->channels_of(input);
        this->add_depthwise_kernel("kernel", channels);
        if (!this->options_.use_bias) return;
        this->bias_ = this->add_weight(
            "bias", {channels * this->options_.depth_multiplier}, this->options_.bias_initializer,
            {.regularizer = this->options_.bias_regularizer, .constraint = this->options_.bias_constraint});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const graph::Value bias = this->options_.use_bias ? graph.variable(this->bias_) : graph::Value{};
        const graph::Value image = to_channels_last(graph, x, this->options_.data_format);
        const graph::Value y = this->depthwise(graph, image, bias);
        return activate(context, this->options_.activation, to_format(graph, y, this->options_.data_format));
    }
};

template <int Rank>
class SeparableLayer final : public DepthwiseStep<Rank, SeparableConvolutionOptions> {
    using Base = DepthwiseStep<Rank, SeparableConvolutionOptions>;

public:
    SeparableLayer() = default;
    SeparableLayer(std::int64_t filters, Ints kernel_size, const SeparableConvolutionOptions& options)
        : Base(std::move(kernel_size), options), filters_(filters) {}

    std::string_view class_name() const override { return Rank == 1 ? "SeparableConv1D" : "SeparableConv2D"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("depth_multiplier", this->options_.depth_multiplier);
        visitor.field("filters", filters_);
        visitor.field("kernel_size", this->kernel_size_);
        visitor.field("strides", this->options_.strides);
        visitor.field("padding", this->options_.padding);
        visitor.field("data_format", this->options_.data_format);
        visitor.field("dilation_rate", this->options_.dilation_rate);
        visitor.field("activation", this->options_.activation);
        visitor.field("use_bias", this->options_.use_bias);
        visitor.field("depthwise_initializer", this->options_.depthwise_initializer);
        visitor.field("pointwise_initializer", this->options_.pointwise_initializer);
        visitor.field("bias_initializer", this->options_.bias_initializer);
        visitor.field("depthwise_regularizer", this->options_.depthwise_regularizer);
        visitor.field("pointwise_regularizer", this->options_.pointwise_regularizer);
        visitor.field("bias_regularizer", this->options_.bias_regularizer);
        visitor.field("activity_regularizer", this->activity_regularizer());
        visitor.field("depthwise_constraint", this->options_.depthwise_constraint);
        visitor.field("pointwise_constraint", this->options_.pointwise_constraint);
        visitor.field("bias_constraint", this->options_.bias_constraint);
    }

    void check() const override {
        check_at_least("filters", filters_);
        Base::check();
    }

    Shape output_shape(const Shape& input) const override {
        this->channels_of(input);
        return this->shape_with(input, filters_);
    }

    void build_for(const Shape& input) override {
        const std::int64_t channels = this->channels_of(input);
        this->add_depthwise_kernel("depthwise_kernel", channels);
        Shape pointwise(std::vector<std::int64_t>(Rank, 1));
        pointwise.push_back(product(channels, this->options_.depth_multiplier));
        pointwise.push_back(filters_);
        pointwise_kernel_ = this->add_weight(
            "pointwise_kernel", pointwise, this->options_.pointwise_initializer,
            {.regularizer = this->options_.pointwise_regularizer, .constraint = this->options_.pointwise_constraint});
        if (this->options_.use_bias)
            this->bias_ = this->add_weight(
                "bias", {filters_}, this->options_.bias_initializer,
                {.regularizer = this->options_.bias_regularizer, .constraint = this->options_.bias_constraint});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const graph::Value bias = this->options_.use_bias ? graph.variable(this->bias_) : graph::Value{};
        const graph::Value image = to_channels_last(graph, x, this->options_.data_format);
        const graph::Value filtered = this->depthwise(graph, image, {});
        const graph::Value mixed =
            ops::convolution(graph, filtered, graph.variable(pointwise_kernel_), bias, ops::Window{.rank = Rank});
        return activate(context, this->options_.activation, to_format(graph, mixed, this->options_.data_format));
    }

private:
    std::int64_t filters_ = 0;
    VariablePtr pointwise_kernel_;
};

const RegisterLayer<DepthwiseLayer<1>> register_depthwise1d("DepthwiseConv1D");
const RegisterLayer<DepthwiseLayer<2>> register_depthwise2d("DepthwiseConv2D");
const RegisterLayer<SeparableLayer<1>> register_separable1d("SeparableConv1D");
const RegisterLayer<SeparableLayer<2>> register_separable2d("SeparableConv2D");

}  // namespace

template <int Rank>
DepthwiseConvolution<Rank>::DepthwiseConvolution(Ints kernel_size, const DepthwiseConvolutionOptions& options)
    : Layer(make_layer<DepthwiseLayer<Rank>>(options.name, std::move(kernel_size), options)) {}

template <int Rank>
SeparableConvolution<Rank>::SeparableConvolution(std::int64_t filters, Ints kernel_size,
                                                 const SeparableConvolutionOptions& options)
    : Layer(make_layer<SeparableLayer<Rank>>(options.name, filters, std::move(kernel_size), options)) {}

template class DepthwiseConvolution<1>;
template class DepthwiseConvolution<2>;
template class SeparableConvolution<1>;
template class SeparableConvolution<2>;

}  // namespace markhor::layers
