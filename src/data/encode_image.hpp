// Pixels as a PNG or JPEG file in memory.
#pragma once

#include <cstdint>
#include <string>

#include "data/image.hpp"

namespace markhor::data {

/// Channels 1 (grey), 3 (RGB) or 4 (RGBA). Throws Error where libpng fails.
std::string encode_png(const Image& image);
/// Channels 1 or 3; quality 1 to 100, colours at half the resolution, as Pillow and libjpeg have it by default. Throws
/// Error where libjpeg fails.
std::string encode_jpeg(const Image& image, int quality = 75);

}  // namespace markhor::data
