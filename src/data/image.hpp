// Images from memory, as bytes: PNG, JPEG, WebP, BMP and the first frame of a GIF, decoded to the pixels that
// TensorFlow (and so Keras) makes of them. What an image is, its content decides, not its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
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

/// Larger images are refused: a few bytes can claim any size. A JPEG may be larger where it is decoded to a part.
inline constexpr std::int64_t max_image_side = 32768;
inline constexpr std::int64_t max_image_pixels = std::int64_t{1} << 26U;
inline constexpr std::int64_t max_scaled_pixels = std::int64_t{1} << 28U;
inline constexpr std::size_t max_image_file = std::size_t{256} << 20U;

/// Decodes to `channels` 1 (grey: ITU-R 601 luma; a JPEG's own Y), 3 (RGB) or 4 (RGBA, 255 where the file has no
/// alpha). For 1 and 3 transparency is dropped; 16-bit samples keep their high byte, palettes are looked up, colour
/// profiles ignored, and so are orientation tags without `exif`. A size in `at_least` (of the image as it comes out)
/// lets a JPEG be decoded to a half, quarter or eighth as long as neither side falls below it: faster by as much, and
/// smoother than its whole pixels would be after resizing. Throws FileError, starting with `name`: of another kind,
/// truncated, damaged, too large.
Image decode_image(std::span<const std::byte> bytes, std::int64_t channels, const std::string& name,
                   ImageSize at_least = {}, bool exif = false);

/// By what a JPEG's sides are divided as it is decoded, where it is to have at least a size: 1, 2, 4 or 8.
unsigned scale_denominator(ImageSize whole, ImageSize at_least);

/// What the header says.
struct ImageHeader {
    ImageSize size;           ///< as it is stored
    std::string_view format;  ///< "JPEG", "PNG", "WebP", "GIF" or "BMP"
    int orientation = 1;      ///< EXIF's
    /// As it is shown.
    ImageSize turned() const { return orientation > 4 ? ImageSize{size.width, size.height} : size; }
};
/// From the start of a file, as much as there is. Throws as decode_image.
ImageHeader image_header(std::span<const std::byte> bytes, const std::string& name);
/// Reads as little of the file as it takes.
ImageHeader read_image_header(const std::filesystem::path& file);

/// As decode_image, from a file.
Image read_image(const std::filesystem::path& file, std::int64_t channels, ImageSize at_least = {}, bool exif = false);

/// Whether the name ends like an image's (.png, .jpg, .jpeg, .webp, .bmp, .gif, in any case); the text for errors.
bool has_image_name(const std::string& name);
inline constexpr const char* image_names = ".png, .jpg, .jpeg, .webp, .bmp, .gif";

}  // namespace markhor::data
