// Any bytes at all as a .keras archive: a model, or an Error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/saved_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const markhor::formats::ZipReader archive(std::as_bytes(std::span(data, size)), "fuzz.keras");
        markhor::formats::read_keras(archive, {.memory = 1 << 24});
    } catch (const markhor::Error&) {  // the only way to refuse
    }
    return 0;
}
