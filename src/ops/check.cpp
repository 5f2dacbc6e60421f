// The checks of shapes and types that ops throw ShapeError from, and how numbers print in attributes().
#include "ops/check.hpp"

#include <array>
#include <charconv>

namespace markhor::ops {
namespace {

template <class T>
std::string joined(std::span<const T> values) {
    std::string result;
    for (const T value : values) result += (result.empty() ? "" : ",") + std::to_string(value);
    return result;
}

}  // namespace

void check_count(std::span<const TensorSpec> inputs, std::size_t count, std::string_view what) {
    if (inputs.size() != count) {
        throw ShapeError("takes " + std::string(what) + "; " + std::to_string(inputs.size()) +
                         (inputs.size() == 1 ? " input came" : " inputs came"));
    }
}

void check_floating(std::span<const TensorSpec> inputs) {
    for (const TensorSpec& input : inputs) {
        const DType dtype = input.dtype;
        if (dtype != DType::float32 && dtype != DType::float64) {
            throw ShapeError("takes float32 or float64; " + std::string(name_of(dtype)) + " came");
        }
        if (dtype != inputs[0].dtype) {
            throw ShapeError("takes inputs of one type; " + std::string(name_of(inputs[0].dtype)) + " and " +
                             std::string(name_of(dtype)) + " came");
        }
    }
}

void check_shape(const TensorSpec& spec, const Shape& wanted, std::string_view what) {
    if (spec.shape != wanted) {
        throw ShapeError(std::string(what) + " has shape " + spec.shape.str() + "; " + wanted.str() + " is wanted");
    }
}

void check_dtype(const TensorSpec& spec, DType wanted, std::string_view what) {
    if (spec.dtype != wanted) {
        throw ShapeError(std::string(what) + " is " + std::string(name_of(spec.dtype)) + "; " +
                         std::string(name_of(wanted)) + " is wanted");
    }
}

std::string text(double value) {
    std::array<char, 32> buffer;
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), result.ptr};
}

std::string text(std::span<const std::int64_t> values) { return joined(values); }
std::string text(std::span<const int> values) { return joined(values); }

double elements(const TensorSpec& spec) { return static_cast<double>(spec.shape.elements()); }

}  // namespace markhor::ops
