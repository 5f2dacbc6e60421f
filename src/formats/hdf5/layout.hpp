// Where and how the data of a dataset lie in the file.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "formats/hdf5/cursor.hpp"

namespace markhor::formats::h5 {

/// How the chunks of a dataset are found.
struct ChunkIndex {
    enum class Kind : std::uint8_t {
        tree1 = 0,
        single = 1,
        implicit = 2,
        fixed_array = 3,
        extensible_array = 4,
        tree2 = 5
    };
    Kind kind = Kind::tree1;
    std::uint64_t address = undefined_address;
    // Of a single chunk that went through filters:
    std::uint64_t stored_bytes = 0;
    std::uint32_t skipped_filters = 0;
};

struct Layout {
    enum class Kind : std::uint8_t { compact = 0, contiguous = 1, chunked = 2, virtual_ = 3 };
    Kind kind = Kind::contiguous;
    Block compact;                              ///< the data themselves
    std::uint64_t address = undefined_address;  ///< of contiguous data
    std::optional<std::uint64_t> size;          ///< of contiguous data, where the file says it
    std::vector<std::uint64_t> chunk_dims;      ///< without the element's bytes
    bool leaves_edges_unfiltered = false;       ///< chunks that lie partly outside the shape
    ChunkIndex index;
};

/// From the body of a layout message. Throws FileError for a damaged one, or one of a version that is not read.
Layout read_layout(Cursor& bytes);

}  // namespace markhor::formats::h5
