// Any text at all as a model's config: a model, or a ValueError.
#include <cstddef>
#include <cstdint>
#include <markhor/error.hpp>
#include <string_view>

#include "formats/config.hpp"
#include "formats/json.hpp"
#include "layers/pending_weights.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const std::string_view text(reinterpret_cast<const char*>(data), size);
        const markhor::PendingWeights pending(1 << 24);
        markhor::formats::model_from_config(markhor::formats::parse_json(text, "fuzz.json"));
    } catch (const markhor::ValueError&) {  // the only way to refuse
    }
    return 0;
}
