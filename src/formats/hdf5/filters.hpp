// The filters that a chunk of data went through when it was written (deflate, shuffle, fletcher32), undone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/hdf5/cursor.hpp"

namespace markhor::formats::h5 {

/// What deflate can pack at most into one byte.
inline constexpr std::uint64_t deflate_ratio = 1032;

struct Filter {
    enum class Kind : std::uint8_t { deflate = 1, shuffle = 2, fletcher32 = 3 };
    Kind kind;
    std::uint64_t element_bytes = 0;  ///< of shuffle
};

/// In the order of writing, from the body of a filter message. Throws FileError for a damaged one and for any other
/// filter.
std::vector<Filter> read_filters(Cursor& bytes);

/// The chunk of `size` bytes that was stored as `stored`; filters whose bit is set in `skipped` were not applied.
/// Throws FileError where it is damaged or of another size; no more than `size` bytes are ever unpacked.
Bytes undo_filters(const std::vector<Filter>& filters, std::uint32_t skipped, Block stored, std::uint64_t size,
                   const std::string& where);

}  // namespace markhor::formats::h5
