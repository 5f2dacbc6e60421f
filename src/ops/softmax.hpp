// Softmax over the last axis, and the cross-entropies taken from logits in one numerically safe step.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

/// y = exp(x - max) / sum over the last axis; with `log`, its logarithm.
class Softmax final : public Op {
public:
    explicit Softmax(bool log = false) : log(log) {}
    std::string_view name() const override { return log ? "log_softmax" : "softmax"; }
    std::string attributes() const override { return log ? "log" : ""; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const bool log;
};

/// dx from (dy, y).
class SoftmaxGradient final : public Op {
public:
    explicit SoftmaxGradient(bool log = false) : log(log) {}
    std::string_view name() const override { return log ? "log_softmax_gradient" : "softmax_gradient"; }
    std::string attributes() const override { return log ? "log" : ""; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;

    const bool log;
};

/// (loss of each row, probabilities) from (logits (…, classes), labels). Sparse: labels int32 (…); dense: float (…,
/// classes), loss -sum t log softmax(x). An int label outside [0, classes) gives NaN, as TensorFlow on a GPU does;
/// fit() checks labels beforehand and says which one.
class SoftmaxCrossEntropy final : public Op {
public:
    explicit SoftmaxCrossEntropy(bool sparse) : sparse(sparse) {}
    std::string_view name() const override { return "softmax_cross_entropy"; }
    std::string attributes() const override { return sparse ? "sparse" : "dense"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const bool sparse;
};

/// dlogits from (dloss, probabilities, labels): dloss (p sum(t) - t).
class SoftmaxCrossEntropyGradient final : public Op {
public:
    explicit SoftmaxCrossEntropyGradient(bool sparse) : sparse(sparse) {}
    std::string_view name() const override { return "softmax_cross_entropy_gradient"; }
    std::string attributes() const override { return sparse ? "sparse" : "dense"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;

    const bool sparse;
};

/// loss of each element from (logits, targets): max(x, 0) - x t + log(1 + exp(-|x|)).
class SigmoidCrossEntropy final : public Op {
public:
    std::string_view name() const override { return "sigmoid_cross_entropy"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
};

/// Gather along the last axis: (…, classes), int32 labels (…) -> (…). NaN for a label outside [0, classes).
class PickLast final : public Op {
public:
    std::string_view name() const override { return "pick_last"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
};

/// dx from (dy, labels) of a PickLast over `classes`: dy at the label's place, else 0 (everywhere 0 for a label
/// outside).
class PickLastGradient final : public Op {
public:
    explicit PickLastGradient(std::int64_t classes) : classes(classes) {}
    std::string_view name() const override { return "pick_last_gradient"; }
    std::string attributes() const override { return "classes=" + std::to_string(classes); }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;

    const std::int64_t classes;
};

Value softmax(Builder& builder, Value x);
Value log_softmax(Builder& builder, Value x);
/// The loss of each row.
Value softmax_cross_entropy(Builder& builder, Value logits, Value labels, bool sparse);
Value sigmoid_cross_entropy(Builder& builder, Value logits, Value targets);
Value pick_last(Builder& builder, Value x, Value labels);

}  // namespace markhor::ops
