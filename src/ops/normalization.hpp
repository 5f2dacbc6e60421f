// Batch normalization over all axes but the last (Ioffe & Szegedy, 2015), in training and at inference.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

/// (y, mean, variance) from (x, gamma, beta): y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the batch's
/// own mean and biased variance, both of shape (channels,).
class BatchNormTraining final : public Op {
public:
    explicit BatchNormTraining(double epsilon) : epsilon(epsilon) {}
    std::string_view name() const override { return "batch_norm_training"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const double epsilon;
};

/// (dx, dgamma, dbeta) from (dy, x, gamma, mean, variance).
class BatchNormTrainingGradient final : public Op {
public:
    explicit BatchNormTrainingGradient(double epsilon) : epsilon(epsilon) {}
    std::string_view name() const override { return "batch_norm_training_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const double epsilon;
};

/// y from (x, gamma, beta, mean, variance), with given statistics.
class BatchNormInference final : public Op {
public:
    explicit BatchNormInference(double epsilon) : epsilon(epsilon) {}
    std::string_view name() const override { return "batch_norm_inference"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const double epsilon;
};

/// (dx, dgamma, dbeta) from (dy, x, gamma, mean, variance), where the statistics are constants.
class BatchNormInferenceGradient final : public Op {
public:
    explicit BatchNormInferenceGradient(double epsilon) : epsilon(epsilon) {}
    std::string_view name() const override { return "batch_norm_inference_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const double epsilon;
};

struct BatchNormResult {
    Value y, mean, variance;
};
BatchNormResult batch_norm_training(Builder& builder, Value x, Value gamma, Value beta, double epsilon);
Value batch_norm_inference(Builder& builder, Value x, Value gamma, Value beta, Value mean, Value variance,
                           double epsilon);

}  // namespace markhor::ops
