// The rules of convolution and its two gradients: shapes, gradient, cost, attributes. Kernels are in engine/.
#include "ops/convolution.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"

namespace markhor::ops {
namespace {

std::string describe(const Window& window, std::int64_t groups) {
    return window.str() + (groups == 1 ? "" : " groups " + std::to_string(groups));
}

// Refuses a kernel that the window, the groups or the image do not agree with.
void check_kernel(const Window& window, std::int64_t groups, const Shape& image, const Shape& kernel) {
    window.spatial(image);  // throws where it is no image of this rank
    const auto rank = static_cast<std::size_t>(window.rank);
    Shape wanted;
    for (std::size_t axis = 3 - rank; axis < 3; ++axis) wanted.push_back(window.size[axis]);
    if (kernel.rank() != rank + 2 || !std::equal(wanted.begin(), wanted.end(), kernel.begin())) {
        throw ShapeError("a kernel of shape " + kernel.str() + " is none for a window of " + window.str() +
                         ": (window…, in_channels / groups, out_channels) is wanted");
    }
    const std::int64_t in_channels = image.back();
    const std::int64_t out_channels = kernel.back();
    if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0) {
        throw ShapeError(std::to_string(groups) + " groups do not divide " + std::to_string(in_channels) +
                         " input channels and " + std::to_string(out_channels) + " output channels");
    }
    if (kernel[rank] * groups != in_channels) {
        throw ShapeError("an image of " + std::to_string(in_channels) + " channels came; a kernel of shape " +
                         kernel.str() + " in " + std::to_string(groups) + (groups == 1 ? " group" : " groups") +
                         " takes " + std::to_string(kernel[rank] * groups));
    }
}

// Multiply-adds of one pass, the same for the forward pass and for either gradient: every tap of every output.
double multiply_adds(const Shape& kernel, const Shape& result) {
    return static_cast<double>(result.elements()) * static_cast<double>(kernel.elements()) /
           static_cast<double>(std::max<std::int64_t>(kernel.back(), 1));
}

// The shape of an image's maxima in windows of 2x2.
Shape pooled(Shape image) {
    if (image.rank() != 4 || image[1] < 2 || image[2] < 2) {
        throw ShapeError("a result of shape " + image.str() + " cannot be pooled by windows of 2x2");
    }
    image[1] /= 2;
    image[2] /= 2;
    return image;
}

// The upstream gradient of a result, or of its maxima; then `places` are theirs.
void check_upstream(const TensorSpec& upstream, const Shape& result, const TensorSpec* places) {
    if (places == nullptr) return check_shape(upstream, result, "the upstream gradient");
    check_shape(upstream, pooled(result), "the upstream gradient of the maxima");
    check_shape(*places, upstream.shape, "the maxima's places");
    if (places->dtype != DType::uint8) {
        throw ShapeError("the maxima's places are uint8; " + std::string(name_of(places->dtype)) + " came");
    }
}

}  // namespace

Window two_by_two() { return {.rank = 2, .size = {1, 2, 2}, .stride = {1, 2, 2}}; }

bool is_three_by_three(const Window& window) {
    return window.rank == 2 && window.size == Spatial{1, 3, 3} && window.stride == Spatial{1, 1, 1} &&
           window.dilation == Spatial{1, 1, 1};
}

std::string describe(Epilogue epilogue) {
    switch (epilogue) {
        case Epilogue::none: return "";
        case Epilogue::relu: return " relu";
        case Epilogue::relu6: return " relu6";
        case Epilogue::silu: return " silu";
        case Epilogue::hard_silu: return " hard_silu";
        case Epilogue::sigmoid: return " sigmoid";
    }
    return "";
}

std::shared_ptr<const Unary> function_of(Epilogue epilogue) {
    switch (epilogue) {
        case Epilogue::none: return nullptr;
        case Epilogue::relu: return std::make_shared<Unary>(UnaryKind::relu, std::numeric_limits<double>::infinity());
        case Epilogue::relu6: return std::make_shared<Unary>(UnaryKind::relu, 6.0);
        case Epilogue::silu: return std::make_shared<Unary>(UnaryKind::silu);
        case Epilogue::hard_silu: return std::make_shared<Unary>(UnaryKind::hard_silu);
        case Epilogue::sigmoid: return std::make_shared<Unary>(UnaryKind::sigmoid);
    }
    return nullptr;
}

std::string Convolution::attributes() const {
    return describe(window, groups) + (has_bias ? " bias" : "") + (tail.adds ? " add" : "") + describe(tail.epilogue) +
           (tail.pools ? " pool" : "") + (tail.places ? " places" : "");
}

std::vector<TensorSpec> Convolution::outputs(std::span<const TensorSpec> inputs) const {
    const char* const wanted = has_bias ? "an image, a kernel and a bias" : "an image and a kernel";
    check_count(inputs, (has_bias ? 3 : 2) + (tail.adds ? 1 : 0),
                tail.adds ? std::string(wanted) + " and what is added" : wanted);
    check_floating(inputs);
    const Shape& image = inputs[0].shape;
    const Shape& kernel = inputs[1].shape;
    check_kernel(window, groups, image, kernel);
    if (has_bias) check_shape(inputs[2], {kernel.back()}, "the bias");
    Shape result = window.output(image, kernel.back());
    if (tail.adds) check_shape(inputs.back(), result, "what is added");
    if (tail.pools) result = pooled(std::move(result));
    std::vector<TensorSpec> specs{{inputs[0].dtype, std::move(result)}};
    if (tail.places) specs.push_back({DType::uint8, specs[0].shape});
    return specs;
}

std::vector<Value> Convolution::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const bool plain = !tail.adds && !tail.pools;
    if (!plain || (tail.epilogue != Epilogue::none && tail.epilogue != Epilogue::relu)) return Op::gradient(context);
    Value dy = context.upstream[0];
    if (tail.epilogue == Epilogue::relu) dy = relu_gradient(builder, dy, context.outputs[0]);
    const Value x = context.inputs[0];
    const Value kernel = context.inputs[1];
    std::vector<Value> gradients(context.inputs.size());
    if (context.wanted[0]) {
        gradients[0] = builder.add1(std::make_shared<ConvolutionInputGradient>(window, groups, builder.spec(x).shape),
                                    {dy, kernel});
    }
    const bool wants_bias = has_bias && context.wanted[2];
    if (context.wanted[1]) {
        const std::vector<Value> results = builder.add(
            std::make_shared<ConvolutionWeightGradient>(window, groups, wants_bias, builder.spec(kernel).shape),
            {x, dy});
        gradients[1] = results[0];
        if (wants_bias) gradients[2] = results[1];
    } else if (wants_bias) {
        std::vector<int> all_but_channels(builder.spec(dy).shape.rank() - 1);
        std::iota(all_but_channels.begin(), all_but_channels.end(), 0);
        gradients[2] = reduce(builder, Reduction::sum, dy, all_but_channels);
    }
    return gradients;
}

Cost Convolution::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const Shape result = window.output(inputs[0].shape, inputs[1].shape.back());
    const double per_output =
        (has_bias ? 1.0 : 0.0) + (tail.adds ? 1.0 : 0.0) + (tail.epilogue != Epilogue::none ? 1.0 : 0.0);
    return {.flops = 2 * multiply_adds(inputs[1].shape, result) + per_output * static_cast<double>(result.elements()),
            .bytes = moved_bytes(inputs, outputs)};
}

std::string ConvolutionInputGradient::attributes() const {
    return describe(window, groups) + (fusion.unpools ? " unpool" : "") + (fusion.adds_line ? " line" : "") +
           (fusion.masks ? " mask" : "") + " to " + input_shape.str();
}

std::vector<TensorSpec> ConvolutionInputGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2 + (fusion.unpools ? 1 : 0) + (fusion.adds_line ? 3 : 0) + (fusion.masks ? 1 : 0),
                std::string("an upstream gradient, a kernel") + (fusion.unpools ? ", the maxima's places" : "") +
                    (fusion.adds_line ? ", an image, its factor and a shift" : "") +
                    (fusion.masks ? " and a relu's result" : ""));
    check_floating(inputs.first(2));
    const Shape& kernel = inputs[1].shape;
    check_kernel(window, groups, input_shape, kernel);
    check_upstream(inputs[0], window.output(input_shape, kernel.back()), fusion.unpools ? &inputs[2] : nullptr);
    if (fusion.adds_line) {
        const auto line = inputs.subspan(fusion.unpools ? 3 : 2, 3);
        check_floating(line);
        check_shape(line[0], input_shape, "the image of the line that is added");
        check_shape(line[1], {input_shape.back()}, "its factor");
        check_shape(line[2], {input_shape.back()}, "its shift");
    }
    if (fusion.masks) {
        check_shape(inputs.back(), input_shape, "the relu's result");
        check_floating({&inputs.back(), 1});
    }
    return {{inputs[0].dtype, input_shape}};
}

// It is linear in both: its adjoints are the convolution and the convolution's weight gradient.
std::vector<Value> ConvolutionInputGradient::gradient(const GradientContext& context) const {
    if (fusion != GradientFusion{}) return Op::gradient(context);
    Builder& builder = context.builder;
    const Value upstream = context.upstream[0];
    const Value dy = context.inputs[0];
    const Value kernel = context.inputs[1];
    std::vector<Value> gradients(2);
    if (context.wanted[0]) gradients[0] = convolution(builder, upstream, kernel, {}, window, groups);
    if (context.wanted[1]) {
        const auto op = std::make_shared<ConvolutionWeightGradient>(window, groups, false, builder.spec(kernel).shape);
        gradients[1] = builder.add1(op, {upstream, dy});
    }
    return gradients;
}

Cost ConvolutionInputGradient::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const Shape& kernel = inputs[1].shape;
    return {.flops = 2 * multiply_adds(kernel, window.output(input_shape, kernel.back())) +
                     ((fusion.adds_line ? 3.0 : 0.0) + (fusion.masks ? 1.0 : 0.0)) * elements(outputs[0]),
            .bytes = moved_bytes(inputs, outputs)};
}

std::string ConvolutionWeightGradient::attributes() const {
    return describe(window, groups) + (unpools ? " unpool" : "") + (has_bias ? " bias" : "") + " to " +
           kernel_shape.str();
}

std::vector<TensorSpec> ConvolutionWeightGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(
        inputs, unpools ? 3 : 2,
        unpools ? "an image, an upstream gradient and the maxima's places" : "an image and an upstream gradient");
    check_floating(inputs.first(2));
    check_kernel(window, groups, inputs[0].shape, kernel_shape);
    check_upstream(inputs[1], window.output(inputs[0].shape, kernel_shape.back()), unpools ? &inputs[2] : nullptr);
    const DType dtype = inputs[0].dtype;
    std::vector<TensorSpec> specs{{dtype, kernel_shape}};
    if (has_bias) specs.push_back({dtype, {kernel_shape.back()}});
    return specs;
}

Cost ConvolutionWeightGradient::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const double bias_adds = has_bias ? elements(inputs[1]) : 0;
    const Shape result = window.output(inputs[0].shape, kernel_shape.back());
    return {.flops = 2 * multiply_adds(kernel_shape, result) + bias_adds, .bytes = moved_bytes(inputs, outputs)};
}

Value convolution(Builder& builder, Value x, Value kernel, Value bias, const Window& window, std::int64_t groups) {
    std::vector<Value> inputs{x, kernel};
    if (bias) inputs.push_back(bias);
    return builder.add1(std::make_shared<Convolution>(window, groups, static_cast<bool>(bias)), std::move(inputs));
}

}  // namespace markhor::ops
