// Any bytes at all: parse_csv gives rows of equal length, parse_cifar whole records, or they throw FileError.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <markhor/error.hpp>
#include <span>

#include "data/cifar.hpp"
#include "data/csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto rows = markhor::data::parse_csv({reinterpret_cast<const char*>(data), size}, "fuzz.csv");
        for (const auto& row : rows) {
            if (row.fields.size() != rows[0].fields.size()) std::abort();
        }
    } catch (const markhor::FileError&) {  // the only way to refuse
    }
    try {
        const auto records = markhor::data::parse_cifar(std::as_bytes(std::span(data, size)), 2, 1, 100, "fuzz.bin");
        if (records.images.shape()[0] != records.labels.shape()[0]) std::abort();
    } catch (const markhor::FileError&) {
    }
    return 0;
}
