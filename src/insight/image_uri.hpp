// A picture as a PNG file, or as a data: URI, to be set into a page that loads nothing.
#pragma once

#include <cstdint>
#include <markhor/shape.hpp>
#include <span>
#include <string>
#include <vector>

namespace markhor::insight {

/// RFC 4648.
std::string base64(std::span<const std::uint8_t> bytes);

/// A PNG file of (height, width, channels) bytes, channels 1 (grey) or 3 (RGB). Throws ShapeError for other shapes or
/// another number of bytes.
std::vector<std::uint8_t> png_bytes(const Shape& shape, std::span<const std::uint8_t> pixels);
/// The same as a JPEG file. Throws ShapeError for more than 65500 pixels too.
std::vector<std::uint8_t> jpeg_bytes(const Shape& shape, std::span<const std::uint8_t> pixels);
/// The PNG file as a URI.
std::string png_uri(const Shape& shape, std::span<const std::uint8_t> pixels);

}  // namespace markhor::insight
