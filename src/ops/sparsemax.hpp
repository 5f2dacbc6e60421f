// Sparsemax over the last axis, and its gradient, as Keras 3 computes it. The k largest elements of a row are its
// support while the k-th is above (their sum - 1) / k (Martins & Astudillo, 2016, https://arxiv.org/abs/1602.02068).
// But Keras takes for the threshold the sum of the running sums where the paper has the last of them, so that rows with
// a support of more than one element do not sum to 1.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

/// y = max(x - tau, 0), with tau = (z_1 + (z_1 + z_2) + … + (z_1 + … + z_k) - 1) / k of the sorted row z.
class Sparsemax final : public Op {
public:
    std::string_view name() const override { return "sparsemax"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
};

/// dx from (dy, x).
class SparsemaxGradient final : public Op {
public:
    std::string_view name() const override { return "sparsemax_gradient"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
};

Value sparsemax(Builder& builder, Value x);

}  // namespace markhor::ops
