// The rules of batch normalization: shapes, gradient, cost. Kernels are in engine/.
#include "ops/normalization.hpp"

#include <array>
#include <numeric>

#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"

namespace markhor::ops {
namespace {

// Checks that `image` has channels last and that the tensors from `first` on have one number a channel.
void check_channels(std::span<const TensorSpec> inputs, std::size_t image, std::size_t first) {
    constexpr std::array names{"gamma", "beta", "mean", "variance"};
    check_floating(inputs);
    const Shape& shape = inputs[image].shape;
    if (shape.rank() < 2) throw ShapeError("takes (batch, …, channels); " + shape.str() + " came");
    for (std::size_t i = first; i < inputs.size(); ++i) {
        // A gradient has no use for beta and leaves it out.
        const std::size_t name = image == 1 && i > first ? i - first + 1 : i - first;
        check_shape(inputs[i], {shape.back()}, names[name]);
    }
}

std::vector<TensorSpec> gradient_outputs(std::span<const TensorSpec> inputs) {
    check_count(inputs, 5, "an upstream gradient, an image, gamma, mean and variance");
    check_channels(inputs, 1, 2);
    check_shape(inputs[0], inputs[1].shape, "the upstream gradient");
    return {inputs[1], inputs[2], inputs[2]};
}

}  // namespace

std::string BatchNormTraining::attributes() const { return "epsilon=" + text(epsilon); }

std::vector<TensorSpec> BatchNormTraining::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 3, "an image, gamma and beta");
    check_channels(inputs, 0, 1);
    return {inputs[0], inputs[1], inputs[1]};
}

std::vector<Value> BatchNormTraining::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const Value x = context.inputs[0];
    const Value mean = context.outputs[1];
    const Value variance = context.outputs[2];
    std::vector<Value> gradients(3);
    if (const Value dy = context.upstream[0]) {
        gradients = builder.add(std::make_shared<BatchNormTrainingGradient>(epsilon),
                                {dy, x, context.inputs[1], mean, variance});
    }
    // The statistics usually end in the moving averages, where no gradient flows; d mean/dx = 1/N, d variance/dx = 2 (x
    // - mean)/N.
    const Shape shape = builder.spec(x).shape;
    const double count = static_cast<double>(shape.elements()) / static_cast<double>(shape.back());
    std::vector<int> axes(shape.rank() - 1);
    std::iota(axes.begin(), axes.end(), 0);
    const auto add_to_dx = [&](Value more) { gradients[0] = gradients[0] ? add(builder, gradients[0], more) : more; };
    if (const Value dmean = context.upstream[1]) {
        add_to_dx(builder.add1(std::make_shared<BroadcastTo>(shape, axes, 1 / count), {dmean}));
    }
    if (const Value dvariance = context.upstream[2]) {
        const Value slope = unary(builder, UnaryKind::scale, subtract(builder, x, mean), 2 / count);
        add_to_dx(multiply(builder, slope, dvariance));
    }
    return gradients;
}

// A mean (1), a variance (3) and a multiply-add (2) an element.
Cost BatchNormTraining::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 6 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::string BatchNormTrainingGradient::attributes() const { return "epsilon=" + text(epsilon); }

std::vector<TensorSpec> BatchNormTrainingGradient::outputs(std::span<const TensorSpec> inputs) const {
    return gradient_outputs(inputs);
}

// Two sums (1 and 3 an element), and dx as a weighted sum of dy, x and a constant (4).
Cost BatchNormTrainingGradient::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 8 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::string BatchNormInference::attributes() const { return "epsilon=" + text(epsilon); }

std::vector<TensorSpec> BatchNormInference::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 5, "an image, gamma, beta, mean and variance");
    check_channels(inputs, 0, 1);
    return {inputs[0]};
}

std::vector<Value> BatchNormInference::gradient(const GradientContext& context) const {
    if (context.wanted[3] || context.wanted[4]) {
        throw Error("batch normalization at inference takes its mean and variance as constants: they have no gradient");
    }
    std::vector<Value> gradients = context.builder.add(
        std::make_shared<BatchNormInferenceGradient>(epsilon),
        {context.upstream[0], context.inputs[0], context.inputs[1], context.inputs[3], context.inputs[4]});
    gradients.resize(5);
    return gradients;
}

// A multiply-add an element: scale and shift are made once a channel.
Cost BatchNormInference::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 2 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::string BatchNormInferenceGradient::attributes() const { return "epsilon=" + text(epsilon); }

std::vector<TensorSpec> BatchNormInferenceGradient::outputs(std::span<const TensorSpec> inputs) const {
    return gradient_outputs(inputs);
}

// Two sums (1 and 3 an element) and a product.
Cost BatchNormInferenceGradient::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 5 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

BatchNormResult batch_norm_training(Builder& builder, Value x, Value gamma, Value beta, double epsilon) {
    const std::vector<Value> results = builder.add(std::make_shared<BatchNormTraining>(epsilon), {x, gamma, beta});
    return {.y = results[0], .mean = results[1], .variance = results[2]};
}

Value batch_norm_inference(Builder& builder, Value x, Value gamma, Value beta, Value mean, Value variance,
                           double epsilon) {
    return builder.add1(std::make_shared<BatchNormInference>(epsilon), {x, gamma, beta, mean, variance});
}

}  // namespace markhor::ops
