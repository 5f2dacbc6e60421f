// BMP: the uncompressed kinds, 8 bits with a palette, 24 and 32 bits (https://en.wikipedia.org/wiki/BMP_file_format).
#include <algorithm>
#include <cstdlib>
#include <markhor/error.hpp>

#include "data/image_codec.hpp"

namespace markhor::data {
namespace {

constexpr std::size_t file_header = 14;
constexpr std::size_t info_header = 40;

class Fields {
public:
    explicit Fields(std::span<const std::byte> bytes) : bytes_(bytes) {}
    std::uint32_t byte(std::size_t at) const { return std::to_integer<std::uint32_t>(bytes_[at]); }
    std::uint32_t half(std::size_t at) const { return byte(at) | byte(at + 1) << 8U; }
    std::uint32_t word(std::size_t at) const { return half(at) | half(at + 2) << 16U; }

private:
    std::span<const std::byte> bytes_;
};

}  // namespace

Image decode_bmp(std::span<const std::byte> bytes, const DecodeRequest& request) {
    const auto fail = [&](const std::string& why) {
        throw FileError(request.name + ": the BMP image cannot be decoded: " + why);
    };
    if (bytes.size() < file_header + info_header) fail("it is truncated within its header");
    const Fields fields(bytes);
    const std::uint32_t info = fields.word(14);
    if (info < info_header) fail("a header of " + std::to_string(info) + " bytes; at least 40 are wanted");
    const std::int64_t signed_height = static_cast<std::int32_t>(fields.word(22));
    const ImageSize size{std::abs(signed_height), static_cast<std::int32_t>(fields.word(18))};
    check_size(size.height, size.width, request.name);
    if (request.header_only) return {size, 0, {}};

    const std::uint32_t bits = fields.half(28);
    const std::uint32_t compression = fields.word(30);
    constexpr std::uint32_t bit_fields = 3;
    if ((compression != 0 && (compression != bit_fields || bits != 32)) || (bits != 8 && bits != 24 && bits != 32)) {
        fail("it has " + std::to_string(bits) + " bits a pixel and compression " + std::to_string(compression) +
             "; 8, 24 or 32 bits without compression are read");
    }
    const std::uint64_t row = (static_cast<std::uint64_t>(size.width) * bits + 31) / 32 * 4;
    const std::uint64_t start = fields.word(10);
    const std::uint64_t palette = file_header + std::uint64_t{info};
    if (start + row * static_cast<std::uint64_t>(size.height) > bytes.size() || (bits == 8 && palette > bytes.size())) {
        fail("it is truncated");
    }
    const std::uint64_t colors = bits == 8 ? std::min<std::uint64_t>(256, (bytes.size() - palette) / 4) : 0;

    std::vector<std::uint8_t> rgba;
    rgba.reserve(static_cast<std::size_t>(size.height * size.width * 4));
    for (std::int64_t y = 0; y < size.height; ++y) {
        const std::int64_t from_top = signed_height < 0 ? y : size.height - 1 - y;
        for (std::uint64_t x = 0; x < static_cast<std::uint64_t>(size.width); ++x) {
            std::uint64_t at = start + row * static_cast<std::uint64_t>(from_top) + x * bits / 8;
            if (bits == 8) {
                const std::uint64_t index = fields.byte(at);
                if (index >= colors) fail("a pixel lies outside its palette");
                at = palette + 4 * index;
            }
            for (const std::uint64_t channel : {2U, 1U, 0U})
                rgba.push_back(static_cast<std::uint8_t>(fields.byte(at + channel)));
            rgba.push_back(bits == 32 ? static_cast<std::uint8_t>(fields.byte(at + 3)) : 255);
        }
    }
    return from_rgba(size, rgba, request.channels);
}

}  // namespace markhor::data
