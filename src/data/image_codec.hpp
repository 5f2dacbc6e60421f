// The two decoders below decode_image. Each gives grey or RGB, whichever the file holds.
#pragma once

#include "data/image.hpp"

namespace markhor::data {

/// Throws FileError for a size beyond the limits.
void check_size(std::int64_t height, std::int64_t width, const std::string& name);

Image decode_png(std::span<const std::byte> bytes, const std::string& name, bool header_only);
Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name, bool header_only);

}  // namespace markhor::data
