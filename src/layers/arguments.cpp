#include "layers/arguments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <markhor/error.hpp>

#include "ops/check.hpp"

namespace markhor::layers {

std::string text(std::span<const std::int64_t> values) {
    std::string list;
    for (const std::int64_t value : values) {
        list += (list.empty() ? "" : ", ") + (value == None ? "None" : std::to_string(value));
    }
    return values.size() == 1 ? list : "(" + list + ")";
}

std::string crossed(std::span<const std::int64_t> values) {
    std::string list;
    for (const std::int64_t value : values)
        list += (list.empty() ? "" : "x") + (value < 0 ? "?" : std::to_string(value));
    return list;
}

void check_at_least(const std::string& what, std::int64_t value, std::int64_t least) {
    if (value >= least && value <= std::numeric_limits<std::int32_t>::max()) return;
    const std::string wanted = value < least ? "at least " + std::to_string(least) : "less than 2^31";
    throw ValueError(what + " is " + std::to_string(value) + "; an integer of " + wanted + " is wanted");
}

void check_each_at_least(const std::string& what, const Ints& values, std::int64_t least) {
    for (const std::int64_t value : values.values()) {
        if (value >= least && value <= std::numeric_limits<std::int32_t>::max()) continue;
        const std::string wanted = value < least ? "at least " + std::to_string(least) : "less than 2^31";
        throw ValueError(what + " is " + text(values.values()) + "; integers of " + wanted + " are wanted");
    }
}

void check_at_least(const std::string& what, double value, double least) {
    if (std::isfinite(value) && value >= least) return;
    throw ValueError(what + " is " + ops::text(value) + "; a number of at least " + ops::text(least) + " is wanted");
}

void check_choice(const std::string& what, const std::string& value, std::initializer_list<const char*> known) {
    std::string choices;
    std::size_t left = known.size();
    for (const char* choice : known) {
        if (value == choice) return;
        --left;
        choices += "\"" + std::string(choice) + "\"" + (left > 1 ? ", " : left == 1 ? " or " : "");
    }
    throw ValueError(what + " is \"" + value + "\"; " + choices + " is wanted");
}

const Shape& only(std::span<const Shape> inputs) {
    if (inputs.size() != 1) throw ShapeError("takes one input; " + std::to_string(inputs.size()) + " came");
    return inputs[0];
}

std::size_t axis_in(const Shape& shape, std::int64_t axis) {
    const auto rank = static_cast<std::int64_t>(shape.rank());
    if (axis < -rank || axis >= rank) {
        throw ShapeError("axis is " + std::to_string(axis) + "; the input of shape " + shape.str() + " has axes " +
                         std::to_string(-rank) + " to " + std::to_string(rank - 1));
    }
    return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

std::vector<int> axes_in(const Shape& shape, const Ints& axes) {
    std::vector<int> found;
    for (const std::int64_t axis : axes.values()) found.push_back(static_cast<int>(axis_in(shape, axis)));
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::int64_t sum(std::int64_t a, std::int64_t b) { return a == None || b == None ? None : a + b; }

std::int64_t product(std::int64_t a, std::int64_t b) {
    if (a == None || b == None) return None;
    return Shape{a, b}.elements();  // throws where the product overflows
}

}  // namespace markhor::layers
