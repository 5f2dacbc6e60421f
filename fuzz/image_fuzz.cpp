// Any bytes at all: decode_image either returns an image of the size it says or throws FileError.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <markhor/error.hpp>
#include <span>

#include "data/image.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        const markhor::data::ImageSize claimed = markhor::data::image_header(bytes, "fuzz").size;
        if (claimed.height * claimed.width > 1 << 20) return 0;  // memory is not what this looks for
        for (const std::int64_t channels : {1, 3, 4}) {
            // A size to scale down to takes JPEGs another way; the others must not care.
            const markhor::data::ImageSize at_least{.height = channels == 3 ? 0 : 1, .width = 1};
            const markhor::data::Image image = markhor::data::decode_image(bytes, channels, "fuzz", at_least);
            const std::int64_t samples = image.size.height * image.size.width * channels;
            if (image.channels != channels || image.pixels.size() != static_cast<std::size_t>(samples)) std::abort();
        }
    } catch (const markhor::FileError&) {  // the only way to refuse
    }
    return 0;
}
