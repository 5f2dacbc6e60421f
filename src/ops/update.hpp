// What changes variables: moving averages and the optimizers' steps. Outputs take over the memory of the variables they
// replace. None has a gradient.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

/// moving m + value (1 - m) from (moving, value).
class MovingAverage final : public Op {
public:
    explicit MovingAverage(double momentum) : momentum(momentum) {}
    std::string_view name() const override { return "moving_average"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    int in_place_input(int /*output*/) const override { return 0; }

    const double momentum;
};

/// (w, momentum) from (w, momentum, gradient, learning_rate), or (w) from (w, gradient, learning_rate) where momentum
/// is 0. learning_rate is a float scalar. m = momentum m - lr g; w += m, with nesterov w += momentum m - lr g.
class SgdStep final : public Op {
public:
    SgdStep(double momentum, bool nesterov) : momentum(momentum), nesterov(nesterov) {}
    std::string_view name() const override { return "sgd_step"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    int in_place_input(int output) const override { return output; }

    const double momentum;
    const bool nesterov;
};

/// (w, m, v) from (w, m, v, gradient, alpha): m += (g - m)(1 - beta_1); v += (g² - v)(1 - beta_2); w -= alpha m /
/// (sqrt(v) + epsilon). alpha, a float scalar, is learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) (Kingma & Ba, 2015,
/// as Keras has it).
class AdamStep final : public Op {
public:
    AdamStep(double beta_1, double beta_2, double epsilon) : beta_1(beta_1), beta_2(beta_2), epsilon(epsilon) {}
    std::string_view name() const override { return "adam_step"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    int in_place_input(int output) const override { return output; }

    const double beta_1, beta_2, epsilon;
};

}  // namespace markhor::ops
