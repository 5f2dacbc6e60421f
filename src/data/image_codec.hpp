// The decoders below decode_image, one for each kind of file.
#pragma once

#include "data/image.hpp"

namespace markhor::data {

/// What a decoder is asked for. It fills Image::size and channels only for header_only.
struct DecodeRequest {
    std::int64_t channels = 3;
    const std::string& name;
    bool header_only = false;
    ImageSize at_least = {};  ///< none, where it is 0
};

/// Throws FileError for a size beyond the limits.
void check_size(std::int64_t height, std::int64_t width, const std::string& name);

/// Makes `channels` of RGBA samples, dense.
Image from_rgba(ImageSize size, const std::vector<std::uint8_t>& rgba, std::int64_t channels);

Image decode_png(std::span<const std::byte> bytes, const DecodeRequest& request);
Image decode_jpeg(std::span<const std::byte> bytes, const DecodeRequest& request);
Image decode_webp(std::span<const std::byte> bytes, const DecodeRequest& request);
Image decode_bmp(std::span<const std::byte> bytes, const DecodeRequest& request);
Image decode_gif(std::span<const std::byte> bytes, const DecodeRequest& request);

}  // namespace markhor::data
