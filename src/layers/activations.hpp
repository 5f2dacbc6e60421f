// keras.activations: functions by name, as ops.
#pragma once

#include <string>

#include "ops/op.hpp"

namespace markhor::layers {

/// Throws ValueError, listing the known names, for another.
void check_activation(const std::string& what, const std::string& name);
/// f(x) for a name that check_activation() accepts.
ops::Value activate(ops::Builder& builder, const std::string& name, ops::Value x);
/// Softmax along an axis counted from the front.
ops::Value softmax_along(ops::Builder& builder, ops::Value x, std::size_t axis);

}  // namespace markhor::layers
