// Normalization over the batch, over axes, over groups of channels.
#pragma once

#include <cstdint>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
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

struct LayerNormalizationOptions {
    Ints axis = -1;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    bool rms_scaling =
        false;  ///< divide by the deviation alone; there is a gamma then and no beta, whatever center and scale say
    Initializer beta_initializer = "zeros";
    Initializer gamma_initializer = "ones";
    Regularizer beta_regularizer = {};
    Regularizer gamma_regularizer = {};
    Constraint beta_constraint = {};
    Constraint gamma_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and biased variance along `axis` (one or more axes,
/// counted with the batch axis) of each example. Shapes are kept; weights gamma, beta, of the sizes of those axes.
/// Throws ValueError for a negative epsilon; ShapeError, when called, for an axis that the input lacks. Ba et al.,
/// 2016, https://arxiv.org/abs/1607.06450
class LayerNormalization : public Layer {
public:
    explicit LayerNormalization(const LayerNormalizationOptions& options = {});
};

struct RMSNormalizationOptions {
    Ints axis = -1;
    double epsilon = 1e-6;
    bool trainable = true;
    std::string name = {};
};

/// scale x / sqrt(mean of x² + epsilon) along `axis`. Weight: scale, of the sizes of those axes. Zhang & Sennrich,
/// 2019, https://arxiv.org/abs/1910.07467
class RMSNormalization : public Layer {
public:
    explicit RMSNormalization(const RMSNormalizationOptions& options = {});
};

struct GroupNormalizationOptions {
    std::int64_t groups = 32;  ///< -1: as many as channels, which is instance normalization
    std::int64_t axis = -1;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    Initializer beta_initializer = "zeros";
    Initializer gamma_initializer = "ones";
    Regularizer beta_regularizer = {};
    Regularizer gamma_regularizer = {};
    Constraint beta_constraint = {};
    Constraint gamma_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// The channels along `axis` in `groups` of neighbours, each group of each example with mean 0 and variance 1, then
/// gamma and beta for each channel. Throws ValueError for groups below 1 other than -1; ShapeError, when called, for
/// channels that groups does not divide. Wu & He, 2018, https://arxiv.org/abs/1803.08494
class GroupNormalization : public Layer {
public:
    explicit GroupNormalization(const GroupNormalizationOptions& options = {});
};

struct UnitNormalizationOptions {
    Ints axis = -1;
    std::string name = {};
};

/// x over its Euclidean norm along `axis`; zeros stay zeros.
class UnitNormalization : public Layer {
public:
    explicit UnitNormalization(const UnitNormalizationOptions& options = {});
};

}  // namespace markhor::layers
