// Any bytes at all as a whole-model .h5: a model, or an Error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/saved_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        markhor::formats::MemorySource source(std::as_bytes(std::span(data, size)));
        markhor::formats::read_model_h5(source, "fuzz.h5", {.memory = 1 << 24});
    } catch (const markhor::Error&) {  // the only way to refuse
    }
    return 0;
}
