#include "data/image.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <markhor/dataset.hpp>
#include <string_view>

#include "core/ascii.hpp"
#include "data/exif.hpp"
#include "data/file_bytes.hpp"
#include "data/image_codec.hpp"

namespace markhor::data {
namespace {

using namespace std::string_view_literals;

struct Kind {
    std::string_view name;
    bool (*matches)(std::string_view start);
    Image (*decode)(std::span<const std::byte>, const DecodeRequest&);
};

constexpr std::array<Kind, 5> kinds{{
    {"PNG", [](std::string_view start) { return start.starts_with("\x89PNG\r\n\x1A\n"sv); }, decode_png},
    {"JPEG", [](std::string_view start) { return start.starts_with("\xFF\xD8\xFF"sv); }, decode_jpeg},
    {"WebP",
     [](std::string_view start) { return start.starts_with("RIFF"sv) && start.substr(8).starts_with("WEBP"sv); },
     decode_webp},
    {"GIF", [](std::string_view start) { return start.starts_with("GIF87a"sv) || start.starts_with("GIF89a"sv); },
     decode_gif},
    {"BMP", [](std::string_view start) { return start.starts_with("BM"sv); }, decode_bmp},
}};

const Kind& kind_of(std::span<const std::byte> bytes, const std::string& name) {
    constexpr std::size_t longest = 12;
    std::string start(longest, '\0');
    std::transform(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(longest, bytes.size())),
                   start.begin(), [](std::byte byte) { return static_cast<char>(byte); });
    for (const Kind& kind : kinds) {
        if (kind.matches(start)) return kind;
    }
    throw FileError(name + ": is " + (bytes.empty() ? "empty" : "no image of a known kind") +
                    "; PNG, JPEG, WebP, BMP and GIF images can be read");
}

/// As libpng for the weights 0.299 and 0.587, which TensorFlow gives it.
std::uint8_t luma(const std::uint8_t* rgb) {
    if (rgb[0] == rgb[1] && rgb[1] == rgb[2]) return rgb[0];
    return static_cast<std::uint8_t>((rgb[0] * 9798U + rgb[1] * 19235U + rgb[2] * 3735U) >> 15U);
}

}  // namespace

void check_size(std::int64_t height, std::int64_t width, const std::string& name) {
    if (height < 1 || width < 1 || height > max_image_side || width > max_image_side ||
        height * width > max_image_pixels) {
        throw FileError(name + ": is an image of " + std::to_string(width) + "x" + std::to_string(height) +
                        " pixels; up to " + std::to_string(max_image_side) + " a side and 64 million in all are read");
    }
}

Image from_rgba(ImageSize size, const std::vector<std::uint8_t>& rgba, std::int64_t channels) {
    if (channels == 4) return {size, channels, rgba};
    Image image{size, channels, {}};
    image.pixels.resize(rgba.size() / 4 * static_cast<std::size_t>(channels));
    std::uint8_t* target = image.pixels.data();
    for (std::size_t i = 0; i < rgba.size(); i += 4) {
        if (channels == 1) {
            *target++ = luma(&rgba[i]);
        } else {
            target = std::copy_n(&rgba[i], 3, target);
        }
    }
    return image;
}

Image decode_image(std::span<const std::byte> bytes, std::int64_t channels, const std::string& name, ImageSize at_least,
                   bool exif) {
    if (channels != 1 && channels != 3 && channels != 4) {
        throw ValueError(name + ": " + std::to_string(channels) +
                         " channels were asked for; expected 1 (grey), 3 (RGB) or 4 (RGBA)");
    }
    const Kind& kind = kind_of(bytes, name);
    const int orientation = exif ? exif_orientation(bytes, kind.name) : 1;
    if (orientation > 4) std::swap(at_least.height, at_least.width);
    return turned(kind.decode(bytes, {channels, name, false, at_least}), orientation);
}

ImageHeader image_header(std::span<const std::byte> bytes, const std::string& name) {
    const Kind& kind = kind_of(bytes, name);
    return {kind.decode(bytes, {.name = name, .header_only = true}).size, kind.name,
            exif_orientation(bytes, kind.name)};
}

ImageHeader read_image_header(const std::filesystem::path& file) {
    const std::string name = file.string();
    // Most headers lie in the first pages; behind a thumbnail or a colour profile they can be far in.
    for (const std::size_t most : {std::size_t{1} << 16U, std::size_t{1} << 20U}) {
        const std::vector<std::byte> start = read_plain_start(file, most);
        if (start.size() < most) return image_header(start, name);
        try {
            return image_header(start, name);
        } catch (const FileError&) {  // perhaps for want of the rest
        }
    }
    return image_header(read_plain_bytes(file, max_image_file), name);
}

Image read_image(const std::filesystem::path& file, std::int64_t channels, ImageSize at_least, bool exif) {
    return decode_image(read_plain_bytes(file, max_image_file), channels, file.string(), at_least, exif);
}

bool has_image_name(const std::string& name) {
    const std::string lower = to_lower(name);
    return std::ranges::any_of(std::array{".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"},
                               [&](const char* end) { return lower.ends_with(end); });
}

Tensor load_image(const std::filesystem::path& file, std::int64_t channels) {
    const Image image = read_image(file, channels);
    Tensor tensor({image.size.height, image.size.width, image.channels}, DType::float32);
    std::ranges::copy(image.pixels, tensor.data<float>().begin());
    return tensor;
}

}  // namespace markhor::data
