// Any bytes at all: parse_npz and parse_npy either return arrays or throw FileError.
#include <cstddef>
#include <cstdint>
#include <markhor/error.hpp>
#include <span>

#include "data/npz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        markhor::data::parse_npz(bytes, "fuzz.npz");
    } catch (const markhor::FileError&) {  // the only way to refuse
    }
    try {
        markhor::data::parse_npy(bytes, "fuzz.npy");
    } catch (const markhor::FileError&) {
    }
    return 0;
}
