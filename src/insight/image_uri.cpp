#include "insight/image_uri.hpp"

#include <png.h>

#include <markhor/error.hpp>
#include <string_view>

namespace markhor::insight {

std::string base64(std::span<const std::uint8_t> bytes) {
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t three = std::uint32_t{bytes[i]} << 16U;
        if (i + 1 < bytes.size()) three |= std::uint32_t{bytes[i + 1]} << 8U;
        if (i + 2 < bytes.size()) three |= bytes[i + 2];
        for (unsigned digit = 0; digit < 4; ++digit) {
            text += i + digit <= bytes.size() ? digits[three >> (18U - 6U * digit) & 63U] : '=';
        }
    }
    return text;
}

std::vector<std::uint8_t> png_bytes(const Shape& shape, std::span<const std::uint8_t> pixels) {
    if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != 3) ||
        shape.elements() != static_cast<std::int64_t>(pixels.size())) {
        throw ShapeError("png: " + std::to_string(pixels.size()) + " bytes were given for an image of shape " +
                         shape.str() + "; (height, width, 1 or 3) and as many bytes are wanted");
    }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.height = static_cast<png_uint_32>(shape[0]);
    image.width = static_cast<png_uint_32>(shape[1]);
    image.format = shape[2] == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    std::vector<std::uint8_t> png(size);
    if (png_image_write_to_memory(&image, png.data(), &size, 0, pixels.data(), 0, nullptr) == 0) {
        throw Error("png: the image " + shape.str() + " cannot be written: " + image.message);
    }
    png.resize(size);
    return png;
}

std::string png_uri(const Shape& shape, std::span<const std::uint8_t> pixels) {
    return "data:image/png;base64," + base64(png_bytes(shape, pixels));
}

}  // namespace markhor::insight
