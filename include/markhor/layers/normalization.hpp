// Batch normalization.
#pragma once

#include <cstdint>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layer.hpp>
#include <markhor/regularizers.hpp>
#include <string>

namespace markhor::layers {

struct BatchNormalizationOptions {
    std::int64_t axis = -1;
    double momentum = 0.99;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    Initializer beta_initializer = "zeros";
    Initializer gamma_initializer = "ones";
    Initializer moving_mean_initializer = "zeros";
    Initializer moving_variance_initializer = "ones";
    Regularizer beta_regularizer = {};
    Regularizer gamma_regularizer = {};
    Constraint beta_constraint = {};
    Constraint gamma_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta for each place along `axis`; shapes are kept. In training the
/// statistics are the batch's (biased variance), and moving = moving momentum + batch (1 - momentum); at inference, and
/// where trainable is false, they are the moving ones. Weights: gamma, beta, moving_mean, moving_variance, of which the
/// last two are not trained. Throws ValueError for a negative epsilon or a momentum outside [0, 1]; ShapeError, when
/// called, for an axis that the input lacks. Ioffe & Szegedy, 2015, https://arxiv.org/abs/1502.03167
class BatchNormalization : public Layer {
public:
    explicit BatchNormalization(const BatchNormalizationOptions& options = {});
};

}  // namespace markhor::layers
