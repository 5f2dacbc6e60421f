// Where a window fits: positions, padding, and the refusals that name the axis.
#include "ops/window.hpp"

#include <algorithm>

namespace markhor::ops {
namespace {

// The name of one of the three axes where `rank` of them are in use.
std::string axis_name(int rank, std::size_t axis) {
    constexpr std::array<const char*, 3> names{"depth", "height", "width"};
    return rank == 1 ? "length" : names[axis];
}

std::size_t first_axis(int rank) { return 3 - static_cast<std::size_t>(rank); }

std::string joined(const Window& window, const Spatial& sizes, const char* between) {
    std::string text;
    for (std::size_t axis = first_axis(window.rank); axis < 3; ++axis) {
        text += (text.empty() ? "" : between) + std::to_string(sizes[axis]);
    }
    return text;
}

// Above this, products of a window's numbers could leave 64 bits; no tensor comes near it.
constexpr std::int64_t largest = std::int64_t{1} << 31;
constexpr std::int64_t largest_axis = std::int64_t{1} << 40;  // of an image

void check(const Window& window) {
    if (window.rank < 1 || window.rank > 3) {
        throw ShapeError("a window has 1 to 3 axes; " + std::to_string(window.rank) + " came");
    }
    const auto check_range = [&](std::size_t axis, const char* what, std::int64_t value, std::int64_t least) {
        if (value < least || value > largest) {
            throw ShapeError("the window's " + std::string(what) + " along its " + axis_name(window.rank, axis) +
                             " axis is " + std::to_string(value) + "; it must be " + std::to_string(least) + " to " +
                             std::to_string(largest));
        }
    };
    for (std::size_t axis = first_axis(window.rank); axis < 3; ++axis) {
        check_range(axis, "size", window.size[axis], 1);
        check_range(axis, "stride", window.stride[axis], 1);
        check_range(axis, "dilation", window.dilation[axis], 1);
        check_range(axis, "padding", window.pad_before[axis], 0);
        check_range(axis, "padding", window.pad_after[axis], 0);
    }
}

}  // namespace

Spatial Window::spatial(const Shape& image) const {
    check(*this);
    if (image.rank() != static_cast<std::size_t>(rank) + 2) {
        std::string wanted = "(batch, ";
        for (std::size_t axis = first_axis(rank); axis < 3; ++axis) wanted += axis_name(rank, axis) + ", ";
        throw ShapeError("takes an image of shape " + wanted + "channels); " + image.str() + " came");
    }
    Spatial sizes{1, 1, 1};
    for (std::size_t axis = first_axis(rank); axis < 3; ++axis) sizes[axis] = image[axis - first_axis(rank) + 1];
    return sizes;
}

Spatial Window::positions(const Spatial& in) const {
    check(*this);
    Spatial out{1, 1, 1};
    for (std::size_t axis = first_axis(rank); axis < 3; ++axis) {
        const std::int64_t reach = this->reach(axis);
        if (in[axis] > largest_axis) {
            throw ShapeError("the " + axis_name(rank, axis) + " axis has " + std::to_string(in[axis]) +
                             " positions; up to " + std::to_string(largest_axis) + " are taken");
        }
        const std::int64_t room = in[axis] + pad_before[axis] + pad_after[axis];
        if (room < reach) {
            const bool padded = room != in[axis];
            throw ShapeError("a window of " + std::to_string(size[axis]) +
                             (dilation[axis] > 1 ? " (" + std::to_string(reach) + " with its dilation of " +
                                                       std::to_string(dilation[axis]) + ")"
                                                 : "") +
                             " does not fit the " + std::to_string(in[axis]) + " positions of the " +
                             axis_name(rank, axis) + " axis" +
                             (padded ? " and their padding of " + std::to_string(pad_before[axis]) + "+" +
                                           std::to_string(pad_after[axis])
                                     : ""));
        }
        out[axis] = (room - reach) / stride[axis] + 1;
    }
    return out;
}

Shape Window::output(const Shape& image, std::int64_t channels) const {
    const Spatial out = positions(spatial(image));
    Shape result{image[0]};
    for (std::size_t axis = first_axis(rank); axis < 3; ++axis) result.push_back(out[axis]);
    result.push_back(channels);
    return result;
}

std::string Window::str() const {
    std::string pads;
    for (std::size_t axis = first_axis(rank); axis < 3; ++axis) {
        pads += (pads.empty() ? "" : ",") + std::to_string(pad_before[axis]) + "+" + std::to_string(pad_after[axis]);
    }
    return joined(*this, size, "x") + " stride " + joined(*this, stride, "x") + " pad " + pads + " dilation " +
           joined(*this, dilation, "x");
}

std::array<std::int64_t, 2> same_padding(std::int64_t in, std::int64_t size, std::int64_t stride,
                                         std::int64_t dilation) {
    for (const std::int64_t value : {size, stride, dilation}) {
        if (value < 1 || value > largest) {
            throw ShapeError("a window's size, stride and dilation must be 1 to " + std::to_string(largest) + "; " +
                             std::to_string(value) + " came");
        }
    }
    if (in > largest_axis) {
        throw ShapeError("an axis has " + std::to_string(in) + " positions; up to " + std::to_string(largest_axis) +
                         " are taken");
    }
    const std::int64_t out = (in + stride - 1) / stride;
    const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + dilation * (size - 1) + 1 - in, 0);
    return {total / 2, total - total / 2};
}

}  // namespace markhor::ops
