// The words that formulas of losses are written in: short forms of ops, on the last axis where one is meant.
#pragma once

#include <string>

#include "ops/op.hpp"

namespace markhor {

/// keras.config.epsilon(): what keeps logarithms and quotients finite.
inline constexpr double fuzz = 1e-7;

/// The value itself where it has this type already.
ops::Value as_type(ops::Builder& builder, ops::Value value, DType dtype);
/// a x + b
ops::Value affine(ops::Builder& builder, ops::Value x, double a, double b = 0);
/// To [low, high]; the gradient passes at both ends, as TensorFlow's maximum and minimum with a constant have it.
ops::Value clip(ops::Builder& builder, ops::Value x, double low, double high);
/// max(x, low)
ops::Value at_least(ops::Builder& builder, ops::Value x, double low);
ops::Value log_of(ops::Builder& builder, ops::Value x);
ops::Value square(ops::Builder& builder, ops::Value x);
ops::Value absolute(ops::Builder& builder, ops::Value x);
ops::Value sum_of_last_axis(ops::Builder& builder, ops::Value x, bool keepdims = false);
ops::Value mean_of_last_axis(ops::Builder& builder, ops::Value x);
/// The axes with this one (counted from the end where negative) moved to the end. Throws ShapeError where there is no
/// such axis.
ops::Value with_axis_last(ops::Builder& builder, ops::Value x, std::int64_t axis);
/// 0 where the divisor is 0.
ops::Value divide_no_nan(ops::Builder& builder, ops::Value x, ops::Value divisor);

/// Throws unless label_smoothing is in [0, 1]; `name` is the loss's.
void check_smoothing(const std::string& name, double smoothing);
/// t (1 - smoothing) + smoothing / classes
ops::Value smoothed(ops::Builder& builder, ops::Value target, double smoothing, double classes);
/// The targets in the predictions' type, moved towards 1/2. Throws ShapeError unless there is one for each prediction.
ops::Value binary_target(ops::Builder& builder, ops::Value target, ops::Value prediction, double smoothing);
/// -(t log p + (1 - t) log(1 - p)) of each clipped probability.
ops::Value binary_crossentropy(ops::Builder& builder, ops::Value target, ops::Value prediction);

}  // namespace markhor
