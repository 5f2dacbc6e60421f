#include "data/memory_source.hpp"

#include <cstring>
#include <utility>

namespace markhor::data {
namespace {

void check(const std::string& name, const Tensor& array) {
    if (!array.defined()) throw ValueError("Dataset: " + name + " is an empty Tensor; an array is wanted");
    if (array.shape().rank() == 0) {
        throw ShapeError("Dataset: " + name + " is a scalar; its first axis must count the examples");
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

std::vector<ExamplePart> parts_of(const std::vector<Tensor>& arrays, const std::vector<std::string>& names) {
    std::vector<ExamplePart> parts;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        const bool bytes = arrays[i].dtype() == DType::uint8;  // only x's stay so
        parts.push_back({names.empty() ? std::string() : names[i], arrays[i].shape().without_batch(),
                         bytes ? DType::float32 : arrays[i].dtype()});
    }
    return parts;
}

/// "x", or for one of several "x[1]".
std::string named(const char* name, std::size_t index, std::size_t count) {
    return count == 1 ? std::string(name) : std::string(name) + "[" + std::to_string(index) + "]";
}

void read_rows(const Tensor& from, std::span<const std::int64_t> items, Tensor& to) {
    if (from.dtype() == DType::uint8) {
        convert_rows(from, items, to);
    } else {
        copy_rows(from, items, to);
    }
}

}  // namespace

MemorySource::MemorySource(const Tensors& x, const Tensors& y) : x_(x.values()), y_(y.values()) {
    if (x_.empty()) x_.emplace_back();  // which is refused as an empty tensor is
    if (y_.empty()) y_.emplace_back();
    for (std::size_t i = 0; i < x_.size(); ++i) {
        check(named("x", i, x_.size()), x_[i]);
        if (x_[i].dtype() != DType::float32 && x_[i].dtype() != DType::uint8) {
            throw ValueError("Dataset: " + named("x", i, x_.size()) + " is " + std::string(name_of(x_[i].dtype())) +
                             "; float32 or uint8 is wanted");
        }
        check_count(named("x", 0, x_.size()), named("x", i, x_.size()), x_[i]);
    }
    for (std::size_t i = 0; i < y_.size(); ++i) {
        check(named("y", i, y_.size()), y_[i]);
        check_count(named("x", 0, x_.size()), named("y", i, y_.size()), y_[i]);
        if (y_[i].dtype() == DType::uint8) y_[i] = y_[i].cast(DType::int32);
        if (y_[i].dtype() == DType::float64) {
            throw ValueError("Dataset: " + named("y", i, y_.size()) +
                             " is float64; int32, int64, uint8 or float32 is wanted");
        }
    }
    parts_ = {parts_of(x_, x.names()), parts_of(y_, y.names())};
}

void MemorySource::check_count(const std::string& first, const std::string& name, const Tensor& array) const {
    if (array.shape()[0] == x_.front().shape()[0]) return;
    throw ShapeError("Dataset: " + first + " has " + std::to_string(x_.front().shape()[0]) + " examples, " + name +
                     " has " + std::to_string(array.shape()[0]) + "; both must have as many");
}

std::int64_t MemorySource::label(std::int64_t item) const {
    const Tensor& y = y_.front();
    if (y.size() != y.shape()[0]) return -1;
    const auto at = static_cast<std::size_t>(item);
    if (y.dtype() == DType::int32) return y.data<std::int32_t>()[at];
    return y.dtype() == DType::int64 ? y.data<std::int64_t>()[at] : -1;
}

void MemorySource::read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const {
    read_rows(x_.front(), items, x);
    copy_rows(y_.front(), items, y);
}

void MemorySource::read_more(std::int64_t /*epoch*/, std::span<const std::int64_t> items, std::span<Tensor> x,
                             std::span<Tensor> y) const {
    for (std::size_t i = 0; i < x.size(); ++i) read_rows(x_[i + 1], items, x[i]);
    for (std::size_t i = 0; i < y.size(); ++i) copy_rows(y_[i + 1], items, y[i]);
}

}  // namespace markhor::data
