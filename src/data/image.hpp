// PNG and JPEG images from memory, as bytes. What an image is, its content decides, not its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace markhor::data {

struct ImageSize {
    std::int64_t height = 0;
    std::int64_t width = 0;
};

/// (height, width, channels), dense.
struct Image {
    ImageSize size;
    std::int64_t channels = 0;
    std::vector<std::uint8_t> pixels;
};

/// Larger images are refused: a few bytes can claim any size.
inline constexpr std::int64_t max_image_side = 32768;
inline constexpr std::int64_t max_image_pixels = std::int64_t{1} << 26U;
inline constexpr std::size_t max_image_file = std::size_t{256} << 20U;

/// Decodes to `channels` 1 (grey: ITU-R 601 luma, as Pillow and so Keras have it) or 3 (RGB). Transparency is dropped, 16-bit
/// samples keep their high byte, palettes are looked up, colour profiles and orientation tags ignored. Throws FileError,
/// starting with `name`: neither PNG nor JPEG, truncated, damaged, too large, CMYK.
Image decode_image(std::span<const std::byte> bytes, std::int64_t channels, const std::string& name);
/// The size alone, from the header.
ImageSize image_size(std::span<const std::byte> bytes, const std::string& name);

/// As decode_image, from a file.
Image read_image(const std::filesystem::path& file, std::int64_t channels);

}  // namespace markhor::data
