// The one thing of EXIF that changes pixels: how the camera was held.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "data/image.hpp"

namespace markhor::data {

/// The orientation, 1 to 8, that a JPEG, PNG or WebP file ("JPEG", "PNG", "WebP") carries; 1 where there is none, or
/// none that makes sense. `bytes` may be a file's start.
int exif_orientation(std::span<const std::byte> bytes, std::string_view format);

/// The image as it is to be shown.
Image turned(Image image, int orientation);

}  // namespace markhor::data
