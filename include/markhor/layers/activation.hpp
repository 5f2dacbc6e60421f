// Activations as layers. Each keeps the shape of its input; formulas are those of keras.activations (Keras 3).
#pragma once

#include <cstdint>
#include <markhor/layer.hpp>
#include <markhor/layers/options.hpp>
#include <optional>
#include <string>

namespace markhor::layers {

/// A function of keras.activations by name: "relu", "gelu", "softmax" (over the last axis), … Throws ValueError, listing the
/// names there are, for another.
class Activation : public Layer {
public:
    explicit Activation(const std::string& activation, const LayerOptions& options = {});
};

struct ReLUOptions {
    std::optional<double> max_value = std::nullopt;
    double negative_slope = 0.0;
    double threshold = 0.0;
    std::string name = {};
};
/// max_value where x >= max_value, x where threshold <= x, negative_slope (x - threshold) below. Throws ValueError for a negative
/// argument.
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
    std::int64_t axis = -1;
    std::string name = {};
};
/// e^x over its sum along `axis` (counted with the batch axis; negative ones from the end).
class Softmax : public Layer {
public:
    explicit Softmax(const SoftmaxOptions& options = {});
};

}  // namespace markhor::layers
