// What the shape rules share: the checks that throw ShapeError, and numbers as text for attributes() and messages.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ops/op.hpp"

namespace markhor::ops {

/// Throws unless `count` inputs came; `what` names them: "an image and a kernel".
void check_count(std::span<const TensorSpec> inputs, std::size_t count, std::string_view what);
/// Throws unless every input has the first one's type, and that is float32 or float64.
void check_floating(std::span<const TensorSpec> inputs);
/// Throws unless `spec` has this shape; `what` names it: "the bias".
void check_shape(const TensorSpec& spec, const Shape& wanted, std::string_view what);
/// Throws unless `spec` has this type.
void check_dtype(const TensorSpec& spec, DType wanted, std::string_view what);

/// The shortest text that reads back as the same number, so that different attributes never print alike.
std::string text(double value);
/// "1,2,3".
std::string text(std::span<const std::int64_t> values);
std::string text(std::span<const int> values);

/// The count of elements as a number to multiply costs with.
double elements(const TensorSpec& spec);

}  // namespace markhor::ops
