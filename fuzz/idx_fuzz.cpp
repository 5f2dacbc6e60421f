// Any bytes at all: parse_idx either returns an array or throws FileError.
#include <cstddef>
#include <cstdint>
#include <markhor/dataset.hpp>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        markhor::data::parse_idx(std::as_bytes(std::span(data, size)), "fuzz.idx");
    } catch (const markhor::FileError&) {  // the only way to refuse
    }
    return 0;
}
