// What a layer may do to its own output: a function of keras.activations by name, or a layer.
#pragma once

#include <markhor/layer.hpp>
#include <memory>
#include <string>
#include <utility>

namespace markhor {

/// The `activation` of a layer, as keras.activations.get takes it: {.activation = "relu"}, or {.activation =
/// layers::LeakyReLU({.negative_slope = 0.1})}. The layer that takes it throws ValueError for a name that is none
/// (listing those there are) and for a layer that is built for its inputs (as all with weights are), which belongs
/// behind it.
class ActivationFunction {
public:
    ActivationFunction() : name_("linear") {}
    ActivationFunction(const char* name) : name_(name) {}             // NOLINT(google-explicit-constructor)
    ActivationFunction(std::string name) : name_(std::move(name)) {}  // NOLINT(google-explicit-constructor)
    ActivationFunction(const Layer& layer) : layer_(layer.base()) {}  // NOLINT(google-explicit-constructor)

    /// Of the function; empty where a layer is the activation.
    const std::string& name() const noexcept { return name_; }
    /// Null where a function is the activation.
    const std::shared_ptr<LayerBase>& layer() const noexcept { return layer_; }

private:
    std::string name_;
    std::shared_ptr<LayerBase> layer_;
};

}  // namespace markhor
