// The rules of softmax and the cross-entropies: shapes, gradient, cost. Kernels are in engine/.
#include "ops/softmax.hpp"

#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::ops {
namespace {

// The shape of one number a row: all axes but the last. Throws for a scalar.
Shape rows_of(const TensorSpec& spec) {
    if (spec.shape.rank() == 0) throw ShapeError("takes (…, classes); a scalar came");
    return Shape(std::vector<std::int64_t>(spec.shape.begin(), spec.shape.end() - 1));
}

// Labels of rows of logits (or probabilities): one int32 a row, or a distribution of the logits' own shape and type.
void check_labels(const TensorSpec& labels, const TensorSpec& logits, bool sparse) {
    check_dtype(labels, sparse ? DType::int32 : logits.dtype, "the labels' type");
    check_shape(labels, sparse ? rows_of(logits) : logits.shape, "the tensor of labels");
}

}  // namespace

std::vector<TensorSpec> Softmax::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    check_floating(inputs);
    rows_of(inputs[0]);
    return {inputs[0]};
}

std::vector<Value> Softmax::gradient(const GradientContext& context) const {
    return {context.builder.add1(std::make_shared<SoftmaxGradient>(log), {context.upstream[0], context.outputs[0]})};
}

// Maximum, difference, exponential, sum, and the quotient or the logarithm's subtraction.
Cost Softmax::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 5 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::vector<TensorSpec> SoftmaxGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "an upstream gradient and the output");
    check_floating(inputs);
    rows_of(inputs[0]);
    check_shape(inputs[1], inputs[0].shape, "the output");
    return {inputs[0]};
}

std::vector<TensorSpec> SoftmaxCrossEntropy::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "logits and labels");
    check_floating(inputs.first(1));
    const Shape rows = rows_of(inputs[0]);
    check_labels(inputs[1], inputs[0], sparse);
    return {{inputs[0].dtype, rows}, inputs[0]};
}

std::vector<Value> SoftmaxCrossEntropy::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const Value logits = context.inputs[0];
    const Value labels = context.inputs[1];
    const Value probabilities = context.outputs[1];
    const Value dloss = context.upstream[0];
    std::vector<Value> gradients(2);
    if (context.wanted[0]) {
        if (dloss) {
            gradients[0] =
                builder.add1(std::make_shared<SoftmaxCrossEntropyGradient>(sparse), {dloss, probabilities, labels});
        }
        if (const Value dp = context.upstream[1]) {
            const Value through = builder.add1(std::make_shared<SoftmaxGradient>(), {dp, probabilities});
            gradients[0] = gradients[0] ? add(builder, gradients[0], through) : through;
        }
    }
    if (!sparse && context.wanted[1] && dloss) {
        Shape column = builder.spec(dloss).shape;
        column.push_back(1);
        const Value surprise = unary(builder, UnaryKind::negate, log_softmax(builder, logits));
        gradients[1] = multiply(builder, surprise, reshape(builder, dloss, column));
    }
    return gradients;
}

// The softmax, and for dense labels a multiply-add an element more.
Cost SoftmaxCrossEntropy::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = (sparse ? 5 : 7) * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::vector<TensorSpec> SoftmaxCrossEntropyGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 3, "an upstream gradient, probabilities and labels");
    check_floating(inputs.first(2));
    check_shape(inputs[0], rows_of(inputs[1]), "the upstream gradient");
    check_labels(inputs[2], inputs[1], sparse);
    return {inputs[1]};
}

std::vector<TensorSpec> SigmoidCrossEntropy::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "logits and targets");
    check_floating(inputs);
    check_shape(inputs[1], inputs[0].shape, "the tensor of targets");
    return {inputs[0]};
}

std::vector<Value> SigmoidCrossEntropy::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const Value dy = context.upstream[0];
    const Value logits = context.inputs[0];
    std::vector<Value> gradients(2);
    if (context.wanted[0]) {
        const Value p = unary(builder, UnaryKind::sigmoid, logits);
        gradients[0] = multiply(builder, dy, subtract(builder, p, context.inputs[1]));
    }
    if (context.wanted[1]) gradients[1] = unary(builder, UnaryKind::negate, multiply(builder, dy, logits));
    return gradients;
}

// Maximum, product, difference, absolute value, exponential, logarithm, sum.
Cost SigmoidCrossEntropy::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 7 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::vector<TensorSpec> PickLast::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "one input and labels");
    check_floating(inputs.first(1));
    const Shape rows = rows_of(inputs[0]);
    check_labels(inputs[1], inputs[0], true);
    return {{inputs[0].dtype, rows}};
}

std::vector<Value> PickLast::gradient(const GradientContext& context) const {
    const std::int64_t classes = context.builder.spec(context.inputs[0]).shape.back();
    return {context.builder.add1(std::make_shared<PickLastGradient>(classes), {context.upstream[0], context.inputs[1]}),
            {}};
}

std::vector<TensorSpec> PickLastGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "an upstream gradient and labels");
    check_floating(inputs.first(1));
    check_dtype(inputs[1], DType::int32, "the labels' type");
    check_shape(inputs[1], inputs[0].shape, "the tensor of labels");
    Shape shape = inputs[0].shape;
    shape.push_back(classes);
    return {{inputs[0].dtype, shape}};
}

Value softmax(Builder& builder, Value x) { return builder.add1(std::make_shared<Softmax>(), {x}); }
Value log_softmax(Builder& builder, Value x) { return builder.add1(std::make_shared<Softmax>(true), {x}); }

Value softmax_cross_entropy(Builder& builder, Value logits, Value labels, bool sparse) {
    return builder.add(std::make_shared<SoftmaxCrossEntropy>(sparse), {logits, labels}).front();
}

Value sigmoid_cross_entropy(Builder& builder, Value logits, Value targets) {
    return builder.add1(std::make_shared<SigmoidCrossEntropy>(), {logits, targets});
}

Value pick_last(Builder& builder, Value x, Value labels) {
    return builder.add1(std::make_shared<PickLast>(), {x, labels});
}

}  // namespace markhor::ops
