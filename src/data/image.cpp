#include "data/image.hpp"

#include <algorithm>
#include <array>
#include <markhor/dataset.hpp>

#include "data/file_bytes.hpp"
#include "data/image_codec.hpp"

namespace markhor::data {
namespace {

constexpr std::array<unsigned char, 8> png_start{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::array<unsigned char, 3> jpeg_start{0xFF, 0xD8, 0xFF};

template <std::size_t N>
bool starts_with(std::span<const std::byte> bytes, const std::array<unsigned char, N>& start) {
    return bytes.size() >= N && std::equal(start.begin(), start.end(), bytes.begin(), [](unsigned char a, std::byte b) {
               return a == std::to_integer<unsigned char>(b);
           });
}

Image decode(std::span<const std::byte> bytes, const std::string& name, bool header_only) {
    if (starts_with(bytes, png_start)) return decode_png(bytes, name, header_only);
    if (starts_with(bytes, jpeg_start)) return decode_jpeg(bytes, name, header_only);
    throw FileError(name + ": is " + (bytes.empty() ? "empty" : "neither a PNG nor a JPEG image") +
                    "; PNG and JPEG images can be read");
}

/// Pillow's integer luma.
std::uint8_t luma(const std::uint8_t* rgb) {
    return static_cast<std::uint8_t>((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >> 16U);
}

Image with_channels(Image image, std::int64_t channels) {
    if (image.channels == channels) return image;
    Image result{image.size, channels, {}};
    const std::size_t count = image.pixels.size() / static_cast<std::size_t>(image.channels);
    result.pixels.resize(count * static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < count; ++i) {
        if (channels == 1) {
            result.pixels[i] = luma(&image.pixels[3 * i]);
        } else {
            std::fill_n(&result.pixels[3 * i], 3, image.pixels[i]);
        }
    }
    return result;
}

}  // namespace

void check_size(std::int64_t height, std::int64_t width, const std::string& name) {
    if (height < 1 || width < 1 || height > max_image_side || width > max_image_side || height * width > max_image_pixels) {
        throw FileError(name + ": is an image of " + std::to_string(width) + "x" + std::to_string(height) +
                        " pixels; up to " + std::to_string(max_image_side) + " a side and 64 million in all are read");
    }
}

Image decode_image(std::span<const std::byte> bytes, std::int64_t channels, const std::string& name) {
    if (channels != 1 && channels != 3) {
        throw ValueError(name + ": " + std::to_string(channels) + " channels were asked for; 1 (grey) or 3 (RGB) are wanted");
    }
    return with_channels(decode(bytes, name, false), channels);
}

ImageSize image_size(std::span<const std::byte> bytes, const std::string& name) { return decode(bytes, name, true).size; }

Image read_image(const std::filesystem::path& file, std::int64_t channels) {
    return decode_image(read_bytes(file, max_image_file), channels, file.string());
}

Tensor load_image(const std::filesystem::path& file, std::int64_t channels) {
    const Image image = read_image(file, channels);
    Tensor tensor({image.size.height, image.size.width, image.channels}, DType::float32);
    std::ranges::copy(image.pixels, tensor.data<float>().begin());
    return tensor;
}

}  // namespace markhor::data
