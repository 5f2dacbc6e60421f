// An array in memory: element type, shape, and a shared, 64-byte aligned buffer, dense and row-major.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <markhor/error.hpp>
#include <markhor/shape.hpp>

namespace markhor {

/// bfloat16 is how values lie in memory under the policy mixed_bfloat16 (see dtype_policy.hpp): a tensor's cast()
/// converts to it and back, data() does not know it.
enum class DType : std::uint8_t { float32, float64, int32, int64, uint8, bfloat16 };

/// Bytes of one element.
std::size_t size_of(DType dtype) noexcept;
/// Keras's name: "float32", "int64", …
std::string_view name_of(DType dtype) noexcept;

template <class T>
struct dtype_of;
template <>
struct dtype_of<float> {
    static constexpr DType value = DType::float32;
};
template <>
struct dtype_of<double> {
    static constexpr DType value = DType::float64;
};
template <>
struct dtype_of<std::int32_t> {
    static constexpr DType value = DType::int32;
};
template <>
struct dtype_of<std::int64_t> {
    static constexpr DType value = DType::int64;
};
template <>
struct dtype_of<std::uint8_t> {
    static constexpr DType value = DType::uint8;
};

struct FromImageOptions {
    bool bgr = false;         ///< channels lie in the order blue, green, red(, alpha), as OpenCV and Windows have them
    bool alpha = true;        ///< false: of 2 or 4 channels, leave the last one out
    bool batch_axis = false;  ///< (1, height, width, channels), what predict() takes
};

/// A dense array. Copies share the elements; clone() does not. An empty Tensor() has no buffer.
class Tensor {
public:
    Tensor() = default;
    /// Allocated, elements undefined. Throws ShapeError for an unknown or overflowing shape, std::bad_alloc.
    Tensor(Shape shape, DType dtype);

    static Tensor zeros(Shape shape, DType dtype = DType::float32);
    static Tensor full(Shape shape, float value);
    /// Copies the values; their count must be the shape's.
    template <class T>
    static Tensor from(Shape shape, std::span<const T> values);
    template <class T>
    static Tensor from(Shape shape, const std::vector<T>& values) {
        return from(std::move(shape), std::span<const T>(values));
    }

    /// An image as others' libraries hold it: rows of interleaved channels, each row `step` bytes after the one before
    /// (0: without a gap). Copied to float32 (height, width, channels), values as they are: a byte's 0 to 255 is not
    /// scaled. With bgr = true, red and blue change places.
    ///
    ///     Tensor::from_image(mat.data, mat.rows, mat.cols, mat.channels(), mat.step, {.bgr = true})          //
    ///     cv::Mat Tensor::from_image(image.constBits(), image.height(), image.width(), 3, image.bytesPerLine()) //
    ///     QImage
    ///
    /// Throws ValueError for a null pointer, sizes below 1, other channels than 1 to 4 (bgr: 3 or 4), or a step shorter
    /// than a row.
    static Tensor from_image(const std::uint8_t* pixels, std::int64_t height, std::int64_t width, std::int64_t channels,
                             std::int64_t step = 0, const FromImageOptions& options = {});
    static Tensor from_image(const float* pixels, std::int64_t height, std::int64_t width, std::int64_t channels,
                             std::int64_t step = 0, const FromImageOptions& options = {});

    const Shape& shape() const noexcept { return shape_; }
    DType dtype() const noexcept { return dtype_; }
    std::int64_t size() const noexcept { return size_; }
    std::size_t bytes() const noexcept { return static_cast<std::size_t>(size_) * size_of(dtype_); }
    bool defined() const noexcept { return buffer_ != nullptr; }

    void* raw() noexcept {
        note_access();
        return data_;
    }
    const void* raw() const noexcept { return data_; }

    /// The elements; throws ValueError where T is not the tensor's element type.
    template <class T>
    std::span<T> data() {
        check_type(dtype_of<T>::value);
        note_access();
        return {static_cast<T*>(data_), static_cast<std::size_t>(size_)};
    }
    template <class T>
    std::span<const T> data() const {
        check_type(dtype_of<T>::value);
        return {static_cast<const T*>(data_), static_cast<std::size_t>(size_)};
    }

    /// Another number each time that raw() or data() of a tensor that is not const gave access to the elements, and
    /// never that of other elements: what was computed from them is still right while it is the same. A span that was
    /// taken before and is written through later does not change it.
    std::uint64_t version() const noexcept {
        return buffer_ == nullptr ? 0 : buffer_->version.load(std::memory_order_relaxed);
    }

    /// A copy with elements of its own.
    Tensor clone() const;
    /// The same elements under another shape of equal size.
    Tensor reshaped(Shape shape) const;
    /// Items [begin, end) of the first axis, sharing the elements.
    Tensor slice(std::int64_t begin, std::int64_t end) const;
    /// The elements converted to another type (a copy; shares where the type is the same already).
    Tensor cast(DType dtype) const;

private:
    struct Buffer {
        explicit Buffer(std::size_t bytes);
        ~Buffer();
        Buffer(const Buffer&) = delete;
        Buffer& operator=(const Buffer&) = delete;

        void* memory;
        std::atomic<std::uint64_t> version;
    };
    void check_type(DType wanted) const;
    // Not one atomic step: of two accesses at once either counts.
    void note_access() noexcept {
        if (buffer_ != nullptr) {
            buffer_->version.store(buffer_->version.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        }
    }

    Shape shape_;
    DType dtype_ = DType::float32;
    std::int64_t size_ = 0;
    std::shared_ptr<Buffer> buffer_;
    void* data_ = nullptr;
};

/// As NumPy prints it and TensorFlow frames it, of more than 1000 elements the first and last three of each axis:
/// "Tensor([1. 2.], shape=(2,), dtype=float32)", each axis beyond the first on lines of its own.
std::ostream& operator<<(std::ostream& output, const Tensor& tensor);
/// "(None, 28, 28, 1)".
std::ostream& operator<<(std::ostream& output, const Shape& shape);

}  // namespace markhor
