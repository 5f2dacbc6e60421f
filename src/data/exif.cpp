#include "data/exif.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace markhor::data {
namespace {

using namespace std::string_view_literals;

/// Numbers at places that may lie beyond the end: 0 then.
class Bytes {
public:
    Bytes(std::span<const std::byte> bytes, bool big_endian) : bytes_(bytes), big_(big_endian) {}

    std::uint32_t number(std::size_t at, std::size_t size) const {
        if (at > bytes_.size() || size > bytes_.size() - at) return 0;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            value = value << 8U | std::to_integer<std::uint32_t>(bytes_[at + (big_ ? i : size - 1 - i)]);
        }
        return value;
    }

private:
    std::span<const std::byte> bytes_;
    bool big_;
};

bool is_at(std::span<const std::byte> bytes, std::size_t at, std::string_view text) {
    if (at > bytes.size() || text.size() > bytes.size() - at) return false;
    return std::ranges::equal(bytes.subspan(at, text.size()), text, {},
                              [](std::byte byte) { return static_cast<char>(byte); });
}

std::span<const std::byte> part(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
    if (at >= bytes.size()) return {};
    return bytes.subspan(at, std::min(size, bytes.size() - at));
}

/// From a TIFF structure's first directory; 0 where it has none.
int orientation_of(std::span<const std::byte> tiff) {
    if (is_at(tiff, 0, "Exif\0\0"sv)) tiff = tiff.subspan(6);
    const bool big = is_at(tiff, 0, "MM\0*"sv);
    if (!big && !is_at(tiff, 0, "II*\0"sv)) return 0;
    const Bytes read(tiff, big);
    const std::size_t directory = read.number(4, 4);
    const std::size_t entries = read.number(directory, 2);
    constexpr std::uint32_t orientation = 0x0112;
    constexpr std::uint32_t whole_number = 3;
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t at = directory + 2 + 12 * i;
        if (at >= tiff.size()) break;
        if (read.number(at, 2) != orientation) continue;
        const std::uint32_t value = read.number(at + 8, 2);
        return read.number(at + 2, 2) == whole_number && value >= 1 && value <= 8 ? static_cast<int>(value) : 0;
    }
    return 0;
}

int in_jpeg(std::span<const std::byte> bytes) {
    const Bytes read(bytes, true);
    for (std::size_t at = 2; at + 4 <= bytes.size();) {
        if (read.number(at, 1) != 0xFF) break;
        const std::uint32_t marker = read.number(at + 1, 1);
        if (marker == 0xFF) {  // filling
            ++at;
            continue;
        }
        if (marker == 0xDA || marker == 0xD9) break;  // the pixels, the end
        const std::size_t size = read.number(at + 2, 2);
        if (size < 2) break;
        if (marker == 0xE1 && is_at(bytes, at + 4, "Exif\0\0"sv)) return orientation_of(part(bytes, at + 4, size - 2));
        at += 2 + size;
    }
    return 0;
}

int in_png(std::span<const std::byte> bytes) {
    const Bytes read(bytes, true);
    for (std::size_t at = 8; at + 8 <= bytes.size();) {
        const std::size_t size = read.number(at, 4);
        if (is_at(bytes, at + 4, "eXIf")) return orientation_of(part(bytes, at + 8, size));
        at += 12 + size;
    }
    return 0;
}

int in_webp(std::span<const std::byte> bytes) {
    const Bytes read(bytes, false);
    if (!is_at(bytes, 12, "VP8X")) return 0;
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
        const std::size_t size = read.number(at + 4, 4);
        if (is_at(bytes, at, "EXIF")) return orientation_of(part(bytes, at + 8, size));
        at += 8 + size + size % 2;
    }
    return 0;
}

}  // namespace

int exif_orientation(std::span<const std::byte> bytes, std::string_view format) {
    const int found = format == "JPEG"   ? in_jpeg(bytes)
                      : format == "PNG"  ? in_png(bytes)
                      : format == "WebP" ? in_webp(bytes)
                                         : 0;
    return std::max(found, 1);
}

Image turned(Image image, int orientation) {
    if (orientation < 2 || orientation > 8) return image;
    // Rows and columns change places from 5 on; then the result is read from right to left, from below, or both.
    const bool across = orientation > 4;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const auto [height, width] = image.size;
    const std::int64_t channels = image.channels;
    Image result{across ? ImageSize{width, height} : image.size, channels, {}};
    result.pixels.resize(image.pixels.size());
    std::uint8_t* target = result.pixels.data();
    for (std::int64_t y = 0; y < result.size.height; ++y) {
        for (std::int64_t x = 0; x < result.size.width; ++x) {
            const std::int64_t row = across ? x : y;
            const std::int64_t column = across ? y : x;
            const std::int64_t from =
                (from_below ? height - 1 - row : row) * width + (from_right ? width - 1 - column : column);
            target = std::copy_n(image.pixels.data() + from * channels, channels, target);
        }
    }
    return result;
}

}  // namespace markhor::data
