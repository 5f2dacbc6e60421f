// The sizes of a tensor's axes, and the axis whose size is not known yet (Keras's None).
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace markhor {

/// The size of an axis that is not fixed, as in (None, 28, 28, 1).
inline constexpr std::int64_t none = -1;
// The same by Keras's name. Xlib.h has a macro None, 0L: where that is defined, before or after this header, None is
// its, and `none` is to be written.
#pragma push_macro("None")
#undef None
inline constexpr std::int64_t None = none;
#pragma pop_macro("None")

/// Sizes of the axes of a tensor, outermost first. A size is at least 0, or none.
class Shape {
public:
    Shape() = default;
    Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
    explicit Shape(std::vector<std::int64_t> dims) : dims_(std::move(dims)) {}

    std::size_t rank() const noexcept { return dims_.size(); }
    std::int64_t operator[](std::size_t axis) const { return dims_[axis]; }
    std::int64_t& operator[](std::size_t axis) { return dims_[axis]; }
    /// The size of an axis counted from the end for negative ones; throws ShapeError outside [-rank, rank).
    std::int64_t dim(std::int64_t axis) const;
    std::int64_t back() const { return dims_.back(); }

    /// No axis is None.
    bool is_known() const noexcept;
    /// The product of all sizes; 1 for a scalar. Throws ShapeError where an axis is None or the product overflows.
    std::int64_t elements() const;

    /// This shape with `batch` as a new first axis.
    Shape with_batch(std::int64_t batch) const;
    /// This shape without its first axis.
    Shape without_batch() const;

    /// As Keras prints it: "(None, 28, 28, 1)", "(10,)", "()".
    std::string str() const;

    const std::vector<std::int64_t>& dims() const noexcept { return dims_; }
    auto begin() const noexcept { return dims_.begin(); }
    auto end() const noexcept { return dims_.end(); }
    void push_back(std::int64_t dim) { dims_.push_back(dim); }

    friend bool operator==(const Shape&, const Shape&) = default;

private:
    std::vector<std::int64_t> dims_;
};

}  // namespace markhor
