// The geometry that convolution and pooling share: a window that steps over one to three spatial axes.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "ops/op.hpp"

namespace markhor::ops {

using Spatial = std::array<std::int64_t, 3>;  // depth, height, width; unused leading axes are 1 (0 for padding)

/// A sliding window. `rank` spatial axes (1 to 3) are in use: the last `rank` entries of each array.
struct Window {
    int rank = 2;
    Spatial size{1, 1, 1};
    Spatial stride{1, 1, 1};
    Spatial dilation{1, 1, 1};
    Spatial pad_before{0, 0, 0};  // implicit elements before the first one
    Spatial pad_after{0, 0, 0};   // and after the last one

    /// The spatial sizes of an image (batch, spatial…, channels), as three axes.
    Spatial spatial(const Shape& image) const;
    /// Output positions for such spatial sizes: floor((in + pads - dilation*(size-1) - 1) / stride) + 1. Throws
    /// ShapeError naming the axis where that is less than 1.
    Spatial positions(const Spatial& in) const;
    /// The image shape (batch, positions…, channels).
    Shape output(const Shape& image, std::int64_t channels) const;
    /// Elements from the first to the last that the window covers along an axis.
    std::int64_t reach(std::size_t axis) const { return dilation[axis] * (size[axis] - 1) + 1; }
    /// Whether the window's positions do not overlap along an axis; along any.
    bool is_apart(std::size_t axis) const { return stride[axis] >= reach(axis); }
    bool is_apart() const { return is_apart(0) && is_apart(1) && is_apart(2); }
    std::string str() const;

    friend bool operator==(const Window&, const Window&) = default;
};

/// TensorFlow's "same" padding for one axis: {before, after} with the odd element after.
std::array<std::int64_t, 2> same_padding(std::int64_t in, std::int64_t size, std::int64_t stride,
                                         std::int64_t dilation);

}  // namespace markhor::ops
