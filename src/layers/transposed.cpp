// Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: the gradient of a convolution with respect to its input, as a
// layer.
#include <markhor/error.hpp>
#include <markhor/layers/convolution.hpp>

#include "layers/activations.hpp"
#include "layers/kernel_and_bias.hpp"
#include "layers/single_input.hpp"
#include "layers/spatial.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"

namespace markhor::layers {
namespace {

template <int Rank>
class ConvolutionTransposeLayer final : public SingleInputLayer {
public:
    ConvolutionTransposeLayer() = default;
    ConvolutionTransposeLayer(std::int64_t filters, Ints kernel_size, const ConvolutionTransposeOptions& options)
        : filters_(filters), kernel_size_(std::move(kernel_size)), options_(options) {
        set_trainable(options.trainable);
        activity_regularizer() = options.activity_regularizer;
    }

    std::string_view class_name() const override {
        return Rank == 1 ? "Conv1DTranspose" : Rank == 2 ? "Conv2DTranspose" : "Conv3DTranspose";
    }

    void describe(FieldVisitor& visitor) override {
        visitor.field("filters", filters_);
        visitor.field("kernel_size", kernel_size_);
        visitor.field("strides", options_.strides);
        visitor.field("padding", options_.padding);
        visitor.field("output_padding", options_.output_padding);
        visitor.field("data_format", options_.data_format);
        visitor.field("dilation_rate", options_.dilation_rate);
        visitor.field("activation", options_.activation);
        visitor.field("use_bias", options_.use_bias);
        describe_kernel_and_bias(visitor, options_, &activity_regularizer());
    }

    void standardize() override {
        kernel_size_ = kernel_size_.expand(Rank, "kernel_size");
        options_.strides = options_.strides.expand(Rank, "strides");
        options_.dilation_rate = options_.dilation_rate.expand(Rank, "dilation_rate");
        if (options_.output_padding.is_set())
            options_.output_padding = options_.output_padding.expand(Rank, "output_padding");
    }

    void check() const override {
        check_at_least("filters", filters_);
        check_choice("padding", options_.padding, {"valid", "same"});
        check_data_format(options_.data_format);
        window().check("kernel_size");
        for (std::size_t axis = 0; axis < options_.output_padding.values().size(); ++axis) {
            const std::int64_t extra = options_.output_padding.values()[axis];
            if (extra >= 0 && extra < options_.strides.values()[axis]) continue;
            throw ValueError("output_padding is " + text(options_.output_padding.values()) + " and strides is " +
                             text(options_.strides.values()) + "; a padding from 0 to below the stride is wanted");
        }
        check_activation("activation", options_.activation);
    }

    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        const Shape image = channels_last(input, Rank, options_.data_format);
        const std::int64_t channels = image.back();
        if (channels < 1) {
            throw ShapeError("the number of channels must be known and at least 1; an input of shape " + input.str() +
                             " came");
        }
        const std::int64_t wanted = built() ? kernel_->value.shape().back() : channels;
        if (channels != wanted) {
            throw ShapeError("was built for " + std::to_string(wanted) + " channels; an input of shape " + input.str() +
                             " came");
        }
        return activated_shape(options_.activation, in_format(enlarged(image), options_.data_format));
    }

    void build_for(const Shape& input) override {
        Shape kernel(kernel_size_.values());
        kernel.push_back(filters_);
        kernel.push_back(channels_last(input, Rank, options_.data_format).back());
        kernel_ = add_weight("kernel", kernel, options_.kernel_initializer,
                             {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
        if (!options_.use_bias) return;
        bias_ = add_weight("bias", {filters_}, options_.bias_initializer,
                           {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const graph::Value image = to_channels_last(graph, x, options_.data_format);
        const Shape output = enlarged(graph.spec(image).shape);
        const auto op = std::make_shared<ops::ConvolutionInputGradient>(window().window(output), 1, output);
        graph::Value y = graph.add1(op, {image, graph.variable(kernel_)});
        if (options_.use_bias) y = ops::add(graph, y, graph.variable(bias_));
        return activate(context, options_.activation, to_format(graph, y, options_.data_format));
    }

private:
    WindowArguments window() const {
        return {"kernel", Rank, kernel_size_, options_.strides, options_.dilation_rate, options_.padding};
    }

    /// The output's shape for a channels-last image: one from which the convolution makes the image's sizes.
    Shape enlarged(const Shape& image) const {
        Shape output = image;
        for (std::size_t axis = 0; axis < Rank; ++axis) {
            const std::int64_t n = image[axis + 1];
            if (n == None) continue;
            output[axis + 1] = length(n, axis);
        }
        output[Rank + 1] = filters_;
        const Shape back = window().output_shape(output, image.back());
        if (back != image) {
            throw ShapeError("output_padding is " + text(options_.output_padding.values()) +
                             ": no input of the kernel gives a map of " + output.str() + " from one of " + image.str() +
                             "; another output_padding is wanted");
        }
        return output;
    }

    std::int64_t length(std::int64_t n, std::size_t axis) const {
        const std::int64_t stride = options_.strides.values()[axis];
        const std::int64_t reach = options_.dilation_rate.values()[axis] * (kernel_size_.values()[axis] - 1) + 1;
        const bool valid = options_.padding == "valid";
        if (!options_.output_padding.is_set())
            return product(n, stride) + (valid ? std::max<std::int64_t>(reach - stride, 0) : 0);
        return product(n - 1, stride) + (valid ? reach : reach % 2) + options_.output_padding.values()[axis];
    }

    std::int64_t filters_ = 0;
    Ints kernel_size_;
    ConvolutionTransposeOptions options_;
    VariablePtr kernel_;
    VariablePtr bias_;
};

const RegisterLayer<ConvolutionTransposeLayer<1>> register_conv1d_transpose("Conv1DTranspose");
const RegisterLayer<ConvolutionTransposeLayer<2>> register_conv2d_transpose("Conv2DTranspose");
const RegisterLayer<ConvolutionTransposeLayer<3>> register_conv3d_transpose("Conv3DTranspose");

}  // namespace

template <int Rank>
ConvolutionTranspose<Rank>::ConvolutionTranspose(std::int64_t filters, Ints kernel_size,
                                                 const ConvolutionTransposeOptions& options)
    : Layer(make_layer<ConvolutionTransposeLayer<Rank>>(options.name, filters, std::move(kernel_size), options)) {}

template class ConvolutionTranspose<1>;
template class ConvolutionTranspose<2>;
template class ConvolutionTranspose<3>;

}  // namespace markhor::layers
