#include "data/memory_source.hpp"

#include <cstring>
#include <utility>

namespace markhor::data {
namespace {

void check(const char* name, const Tensor& array) {
    if (!array.defined()) throw ValueError(std::string("Dataset: ") + name + " is an empty Tensor; an array is wanted");
    if (array.shape().rank() == 0) {
        throw ShapeError(std::string("Dataset: ") + name + " is a scalar; its first axis must count the examples");
    }
}

/// Copies whole examples; both arrays have the same type.
void copy_rows(const Tensor& from, std::span<const std::int64_t> items, Tensor& to) {
    const std::size_t row = from.shape()[0] == 0 ? 0 : from.bytes() / static_cast<std::size_t>(from.shape()[0]);
    const auto* source = static_cast<const std::byte*>(from.raw());
    auto* target = static_cast<std::byte*>(to.raw());
    for (const std::int64_t item : items) {
        if (row > 0) std::memcpy(target, source + static_cast<std::size_t>(item) * row, row);
        target += row;
    }
}

void convert_rows(const Tensor& from, std::span<const std::int64_t> items, Tensor& to) {
    const std::int64_t row = from.shape()[0] == 0 ? 0 : from.size() / from.shape()[0];
    const std::uint8_t* source = from.data<std::uint8_t>().data();
    float* target = to.data<float>().data();
    for (const std::int64_t item : items) {
        const std::uint8_t* bytes = source + item * row;
        for (std::int64_t i = 0; i < row; ++i) target[i] = static_cast<float>(bytes[i]);
        target += row;
    }
}

}  // namespace

MemorySource::MemorySource(Tensor x, Tensor y) : x_(std::move(x)), y_(std::move(y)) {
    check("x", x_);
    check("y", y_);
    if (x_.shape()[0] != y_.shape()[0]) {
        throw ShapeError("Dataset: x has " + std::to_string(x_.shape()[0]) + " examples, y has " +
                         std::to_string(y_.shape()[0]) + "; both must have as many");
    }
    if (x_.dtype() != DType::float32 && x_.dtype() != DType::uint8) {
        throw ValueError("Dataset: x is " + std::string(name_of(x_.dtype())) + "; float32 or uint8 is wanted");
    }
    if (y_.dtype() == DType::uint8) y_ = y_.cast(DType::int32);
    if (y_.dtype() == DType::float64)
        throw ValueError("Dataset: y is float64; int32, int64, uint8 or float32 is wanted");
}

void MemorySource::read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const {
    if (x_.dtype() == DType::uint8) {
        convert_rows(x_, items, x);
    } else {
        copy_rows(x_, items, x);
    }
    copy_rows(y_, items, y);
}

}  // namespace markhor::data
