// A picture as a data: URI, to be set into a page that loads nothing.
#pragma once

#include <cstdint>
#include <markhor/shape.hpp>
#include <span>
#include <string>

namespace markhor::insight {

/// RFC 4648.
std::string base64(std::span<const std::uint8_t> bytes);

/// A picture of (height, width, channels) bytes, channels 1 (grey) or 3 (RGB), as a PNG file in a URI. Throws
/// ShapeError for other shapes or another number of bytes.
std::string png_uri(const Shape& shape, std::span<const std::uint8_t> pixels);

}  // namespace markhor::insight
