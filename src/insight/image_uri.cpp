#include "insight/image_uri.hpp"

#include <markhor/error.hpp>
#include <string_view>

#include "data/encode_image.hpp"

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

std::string png_uri(const Shape& shape, std::span<const std::uint8_t> pixels) {
    if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != 3 && shape[2] != 4) ||
        shape.elements() != static_cast<std::int64_t>(pixels.size())) {
        throw ShapeError("png: got " + std::to_string(pixels.size()) + " bytes for an image of shape " + shape.str() +
                         "; expected (height, width, 1, 3 or 4) and as many bytes");
    }
    const std::string png = data::encode_png({{shape[0], shape[1]}, shape[2], {pixels.begin(), pixels.end()}});
    return "data:image/png;base64," + base64({reinterpret_cast<const std::uint8_t*>(png.data()), png.size()});
}

}  // namespace markhor::insight
