// Resizing of bytes as Pillow does it (libImaging/Resample.c), which keras.utils.load_img calls. Unlike tf.image.resize
// (resize.hpp) its filters widen where an image becomes smaller, and it rounds to bytes after each axis.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "data/image.hpp"

namespace markhor::data {

enum class PillowFilter { nearest, bilinear, bicubic, lanczos, box, hamming };

/// By Keras's name. Throws ValueError listing the names there are.
PillowFilter pillow_filter_of(const std::string& name);

/// A window of pixels: top, left, height and width.
struct Window {
    std::int64_t top = 0;
    std::int64_t left = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
};

/// The window of the image (1, 3 or 4 channels, of which the fourth is alpha) as an image of another size.
Image pillow_resize(const Image& image, const Window& window, ImageSize size, PillowFilter filter);

}  // namespace markhor::data
