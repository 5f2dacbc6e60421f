// Checks of layers' arguments and the words of their errors: what came and what was wanted.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <markhor/options.hpp>
#include <markhor/shape.hpp>
#include <span>
#include <string>
#include <vector>

namespace markhor::layers {

/// "(3, 3)", or "3" for one number; None where a number is.
std::string text(std::span<const std::int64_t> values);
/// "3x3", with '?' for None.
std::string crossed(std::span<const std::int64_t> values);

/// Throws ValueError unless least <= value <= 2^31 - 1; more is a mistake, and less cannot overflow the arithmetic of
/// shapes.
void check_at_least(const std::string& what, std::int64_t value, std::int64_t least = 1);
void check_each_at_least(const std::string& what, const Ints& values, std::int64_t least = 1);
/// Throws ValueError unless the number is finite and at least `least`.
void check_at_least(const std::string& what, double value, double least);
/// Throws ValueError unless `value` is one of `known`.
void check_choice(const std::string& what, const std::string& value, std::initializer_list<const char*> known);

/// The only one of `inputs`; throws ShapeError where there are none or more.
const Shape& only(std::span<const Shape> inputs);
/// The axis counted from the front; throws ShapeError where the shape lacks it.
std::size_t axis_in(const Shape& shape, std::int64_t axis);
/// The axes counted from the front, in rising order, each once; throws ShapeError where the shape lacks one.
std::vector<int> axes_in(const Shape& shape, const Ints& axes);
/// a + b and a * b of sizes, None where one is.
std::int64_t sum(std::int64_t a, std::int64_t b);
std::int64_t product(std::int64_t a, std::int64_t b);

}  // namespace markhor::layers
