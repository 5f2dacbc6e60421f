// Dense, the fully connected layer, and Identity.
#pragma once

#include <cstdint>
#include <markhor/activation_function.hpp>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layer.hpp>
#include <markhor/layers/options.hpp>
#include <markhor/regularizers.hpp>
#include <string>

namespace markhor::layers {

struct DenseOptions {
    ActivationFunction activation = "linear";
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint bias_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// activation(x kernel + bias) along the last axis: (batch, …, features) becomes (batch, …, units). Weights: kernel
/// (features, units), bias (units,). Throws ValueError for units below 1; ShapeError, when called, for an input of rank
/// 1 or without a fixed number of features.
class Dense : public Layer {
public:
    explicit Dense(std::int64_t units, const DenseOptions& options = {});
};

/// Its input, unchanged.
class Identity : public Layer {
public:
    explicit Identity(const LayerOptions& options = {});
};

}  // namespace markhor::layers
