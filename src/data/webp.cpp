// WebP through libwebp: lossy and lossless images; of an animation nothing is read.
#include <webp/decode.h>

#include <markhor/error.hpp>

#include "data/image_codec.hpp"

namespace markhor::data {

Image decode_webp(std::span<const std::byte> bytes, const DecodeRequest& request) {
    const auto* input = reinterpret_cast<const std::uint8_t*>(bytes.data());
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(input, bytes.size(), &features) != VP8_STATUS_OK) {
        throw FileError(request.name + ": the WebP image cannot be decoded: its header is damaged or truncated");
    }
    if (features.has_animation != 0) throw FileError(request.name + ": is an animated WebP image; still ones are read");
    check_size(features.height, features.width, request.name);
    const ImageSize size{features.height, features.width};
    if (request.header_only) return {size, 0, {}};

    const std::int64_t samples = request.channels == 3 ? 3 : 4;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size.height * size.width * samples));
    const auto decode = samples == 3 ? WebPDecodeRGBInto : WebPDecodeRGBAInto;
    if (decode(input, bytes.size(), pixels.data(), pixels.size(), static_cast<int>(size.width * samples)) == nullptr) {
        throw FileError(request.name + ": the WebP image cannot be decoded: it is damaged or truncated");
    }
    return samples == 3 ? Image{size, samples, std::move(pixels)} : from_rgba(size, pixels, request.channels);
}

}  // namespace markhor::data
