// Activations as layers. Each keeps the shape of its input; formulas are those of keras.activations (Keras 3).
#pragma once

#include <markhor/activation_function.hpp>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layer.hpp>
#include <markhor/layers/options.hpp>
#include <markhor/options.hpp>
#include <markhor/regularizers.hpp>
#include <optional>
#include <string>

namespace markhor::layers {

/// A function of keras.activations by name: "relu", "gelu", "softmax" (over the last axis), …, or a layer without
/// weights. Throws ValueError, listing the names there are, for another.
class Activation : public Layer {
public:
    explicit Activation(const ActivationFunction& activation, const LayerOptions& options = {});
};

struct ReLUOptions {
    std::optional<double> max_value = std::nullopt;
    double negative_slope = 0.0;
    double threshold = 0.0;
    std::string name = {};
};
/// max_value where x >= max_value, x where threshold <= x, negative_slope (x - threshold) below. Throws ValueError for
/// a negative argument.
class ReLU : public Layer {
public:
    explicit ReLU(const ReLUOptions& options = {});
};

struct LeakyReLUOptions {
    double negative_slope = 0.3;
    std::string name = {};
};
/// x where x >= 0, negative_slope x below. Throws ValueError for a negative slope.
class LeakyReLU : public Layer {
public:
    explicit LeakyReLU(const LeakyReLUOptions& options = {});
};

struct PReLUOptions {
    Initializer alpha_initializer = "zeros";
    Regularizer alpha_regularizer = {};
    Constraint alpha_constraint = {};
    Ints shared_axes = {};  ///< along which all elements have one alpha, counted from 1 (0 is the batch)
    bool trainable = true;
    std::string name = {};
};
/// x where x >= 0, alpha x below, with an alpha for each element of an example (He et al., 2015,
/// https://arxiv.org/abs/1502.01852). Weight: alpha, of the input's shape without the batch axis, with 1 along
/// shared_axes. Throws ShapeError, when called, for a shared axis that the input lacks or another size than 1 that is
/// not known.
class PReLU : public Layer {
public:
    explicit PReLU(const PReLUOptions& options = {});
};

struct ELUOptions {
    double alpha = 1.0;
    std::string name = {};
};
/// x where x > 0, alpha (e^x - 1) below (Clevert et al., 2015).
class ELU : public Layer {
public:
    explicit ELU(const ELUOptions& options = {});
};

struct SoftmaxOptions {
    Ints axis = -1;
    std::string name = {};
};
/// e^x over its sum along `axis`, or several axes together (counted with the batch axis; negative ones from the end).
class Softmax : public Layer {
public:
    explicit Softmax(const SoftmaxOptions& options = {});
};

}  // namespace markhor::layers
