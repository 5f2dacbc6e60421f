#include <atomic>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <markhor/tensor.hpp>
#include <new>
#include <string>

#include "core/bfloat16.hpp"

namespace markhor {
namespace {

constexpr std::size_t alignment = 64;  // one cache line; also what AVX-512 loads like best

template <class From, class To>
void convert(const void* from, void* to, std::int64_t count) {
    const auto* source = static_cast<const From*>(from);
    auto* target = static_cast<To*>(to);
    for (std::int64_t i = 0; i < count; ++i) target[i] = static_cast<To>(source[i]);
}

template <class From>
void convert_from(const void* from, void* to, DType dtype, std::int64_t count) {
    switch (dtype) {
        case DType::float32: return convert<From, float>(from, to, count);
        case DType::float64: return convert<From, double>(from, to, count);
        case DType::int32: return convert<From, std::int32_t>(from, to, count);
        case DType::int64: return convert<From, std::int64_t>(from, to, count);
        case DType::uint8: return convert<From, std::uint8_t>(from, to, count);
        case DType::bfloat16: return convert<From, BFloat16>(from, to, count);
    }
}

}  // namespace

// Versions begin far apart, so that no two buffers ever have the same.
Tensor::Buffer::Buffer(std::size_t bytes) : memory(std::aligned_alloc(alignment, bytes)) {
    if (memory == nullptr) throw std::bad_alloc();
    static std::atomic<std::uint64_t> buffers = 0;
    version = (buffers.fetch_add(1, std::memory_order_relaxed) + 1) << 32U;
}

Tensor::Buffer::~Buffer() { std::free(memory); }

std::size_t size_of(DType dtype) noexcept {
    switch (dtype) {
        case DType::float32:
        case DType::int32: return 4;
        case DType::float64:
        case DType::int64: return 8;
        case DType::bfloat16: return 2;
        case DType::uint8: return 1;
    }
    return 0;
}

std::string_view name_of(DType dtype) noexcept {
    switch (dtype) {
        case DType::float32: return "float32";
        case DType::float64: return "float64";
        case DType::int32: return "int32";
        case DType::int64: return "int64";
        case DType::uint8: return "uint8";
        case DType::bfloat16: return "bfloat16";
    }
    return "";
}

Tensor::Tensor(Shape shape, DType dtype) : shape_(std::move(shape)), dtype_(dtype), size_(shape_.elements()) {
    const std::size_t width = size_of(dtype);
    if (static_cast<std::size_t>(size_) > (std::numeric_limits<std::ptrdiff_t>::max() - alignment) / width) {
        throw ShapeError("a tensor of shape " + shape_.str() + " is larger than the address space");
    }
    const std::size_t needed = std::max<std::size_t>(bytes(), 1);
    const std::size_t rounded = (needed + alignment - 1) / alignment * alignment;
    buffer_ = std::make_shared<Buffer>(rounded);
    data_ = buffer_->memory;
}

Tensor Tensor::zeros(Shape shape, DType dtype) {
    Tensor tensor(std::move(shape), dtype);
    std::memset(tensor.raw(), 0, tensor.bytes());
    return tensor;
}

Tensor Tensor::full(Shape shape, float value) {
    Tensor tensor(std::move(shape), DType::float32);
    for (float& element : tensor.data<float>()) element = value;
    return tensor;
}

template <class T>
Tensor Tensor::from(Shape shape, std::span<const T> values) {
    Tensor tensor(std::move(shape), dtype_of<T>::value);
    if (static_cast<std::size_t>(tensor.size()) != values.size()) {
        throw ShapeError("a tensor of shape " + tensor.shape().str() + " takes " + std::to_string(tensor.size()) +
                         " values; " + std::to_string(values.size()) + " came");
    }
    if (!values.empty()) std::memcpy(tensor.raw(), values.data(), values.size_bytes());
    return tensor;
}

template Tensor Tensor::from(Shape, std::span<const float>);
template Tensor Tensor::from(Shape, std::span<const double>);
template Tensor Tensor::from(Shape, std::span<const std::int32_t>);
template Tensor Tensor::from(Shape, std::span<const std::int64_t>);
template Tensor Tensor::from(Shape, std::span<const std::uint8_t>);

Tensor Tensor::clone() const {
    if (!defined()) return {};
    Tensor copy(shape_, dtype_);
    std::memcpy(copy.raw(), raw(), bytes());
    return copy;
}

Tensor Tensor::reshaped(Shape shape) const {
    if (shape.elements() != size_) {
        throw ShapeError("a tensor of shape " + shape_.str() + " cannot be seen as " + shape.str());
    }
    Tensor view = *this;
    view.shape_ = std::move(shape);
    return view;
}

Tensor Tensor::slice(std::int64_t begin, std::int64_t end) const {
    if (shape_.rank() == 0 || begin < 0 || end < begin || end > shape_[0]) {
        throw ShapeError("items " + std::to_string(begin) + " to " + std::to_string(end) +
                         " are outside a tensor of shape " + shape_.str());
    }
    const std::int64_t stride = shape_[0] == 0 ? 0 : size_ / shape_[0];
    Tensor view = *this;
    view.shape_[0] = end - begin;
    view.size_ = stride * (end - begin);
    view.data_ = static_cast<std::byte*>(data_) + static_cast<std::size_t>(stride * begin) * size_of(dtype_);
    return view;
}

Tensor Tensor::cast(DType dtype) const {
    if (dtype == dtype_) return *this;
    Tensor result(shape_, dtype);
    switch (dtype_) {
        case DType::float32: convert_from<float>(raw(), result.raw(), dtype, size_); break;
        case DType::float64: convert_from<double>(raw(), result.raw(), dtype, size_); break;
        case DType::int32: convert_from<std::int32_t>(raw(), result.raw(), dtype, size_); break;
        case DType::int64: convert_from<std::int64_t>(raw(), result.raw(), dtype, size_); break;
        case DType::uint8: convert_from<std::uint8_t>(raw(), result.raw(), dtype, size_); break;
        case DType::bfloat16: convert_from<BFloat16>(raw(), result.raw(), dtype, size_); break;
    }
    return result;
}

void Tensor::check_type(DType wanted) const {
    if (wanted != dtype_) {
        throw ValueError("a tensor of " + std::string(name_of(dtype_)) + " was read as " +
                         std::string(name_of(wanted)));
    }
}

}  // namespace markhor
