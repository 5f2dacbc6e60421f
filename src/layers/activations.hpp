// keras.activations: functions by name, and layers in their place, as ops.
#pragma once

#include <markhor/activation_function.hpp>
#include <string>
#include <vector>

#include "layers/layer_base.hpp"
#include "ops/op.hpp"

namespace markhor::layers {

/// Throws ValueError, listing the known names, for another, and for a layer that is built, as those with weights are.
void check_activation(const std::string& what, const ActivationFunction& activation);
/// f(x) for an activation that check_activation() accepts.
ops::Value activate(CallContext& context, const ActivationFunction& activation, ops::Value x);
/// The shape that it makes of one: glu halves the last axis, throwing ShapeError for an odd one; all other functions
/// keep it.
Shape activated_shape(const ActivationFunction& activation, Shape shape);
/// Softmax along axes counted from the front, all of them together.
ops::Value softmax_along(ops::Builder& builder, ops::Value x, const std::vector<int>& axes);

}  // namespace markhor::layers
