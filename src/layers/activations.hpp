// keras.activations: functions by name, as ops.
#pragma once

#include <string>
#include <vector>

#include "ops/op.hpp"

namespace markhor::layers {

/// Throws ValueError, listing the known names, for another.
void check_activation(const std::string& what, const std::string& name);
/// f(x) for a name that check_activation() accepts.
ops::Value activate(ops::Builder& builder, const std::string& name, ops::Value x);
/// The shape that the function makes of one: glu halves the last axis, throwing ShapeError for an odd one; all others
/// keep it.
Shape activated_shape(const std::string& name, Shape shape);
/// Softmax along axes counted from the front, all of them together.
ops::Value softmax_along(ops::Builder& builder, ops::Value x, const std::vector<int>& axes);

}  // namespace markhor::layers
