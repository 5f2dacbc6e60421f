// What convolution, pooling and padding layers share: images of one to three spatial axes, whose sizes may be None, in
// either data format, and the window that steps over them.
#pragma once

#include <cstdint>
#include <markhor/options.hpp>
#include <markhor/shape.hpp>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "ops/window.hpp"

namespace markhor::layers {

void check_data_format(const std::string& data_format);

/// An image shape with its channels last, whichever format it came in. Throws ShapeError for a rank other than `rank`
/// + 2.
Shape channels_last(const Shape& image, int rank, const std::string& data_format);
/// Back to the layer's format.
Shape in_format(const Shape& channels_last_image, const std::string& data_format);
/// The same for values; the value itself where the format is channels_last already.
graph::Value to_channels_last(ops::Builder& builder, graph::Value image, const std::string& data_format);
graph::Value to_format(ops::Builder& builder, graph::Value image, const std::string& data_format);

/// The arguments of a layer's window.
struct WindowArguments {
    const char* noun;  ///< "kernel", "pool": for errors
    int rank;
    const Ints& size;
    const Ints& strides;
    const Ints& dilation;
    const std::string& padding;

    /// Throws ValueError naming the argument at fault: `size_name` is what Keras calls the size.
    void check(const char* size_name) const;
    /// The output's shape for a channels-last image. Throws MapTooSmall where no position is left.
    Shape output_shape(const Shape& image, std::int64_t channels) const;
    /// The window for a channels-last image of known shape.
    ops::Window window(const Shape& image) const;

private:
    std::int64_t reach(std::size_t axis) const;  // of the window with its dilation
    [[noreturn]] void refuse(const Shape& image) const;
};

}  // namespace markhor::layers
