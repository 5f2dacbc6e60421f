// The chunks of a dataset: which are in the file, and where. HDF5 has six kinds of index for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/hdf5/dataspace.hpp"
#include "formats/hdf5/file.hpp"
#include "formats/hdf5/layout.hpp"

namespace markhor::formats::h5 {

struct Chunk {
    std::vector<std::uint64_t> origin;  ///< its first element's place
    std::uint64_t address = 0;
    std::uint64_t stored_bytes = 0;
    std::uint32_t skipped_filters = 0;
};

/// What an index says nothing about: the chunks' place among each other, and their size.
struct ChunkGrid {
    ChunkGrid(const Dataspace& space, const std::vector<std::uint64_t>& chunk_dims, std::uint64_t bytes,
              bool has_filters);

    std::vector<std::uint64_t> dims;    ///< of a chunk
    std::vector<std::uint64_t> counts;  ///< of chunks along each axis
    std::vector<std::uint64_t> most;    ///< the same of the largest shape there may be; all ones: without bound
    std::uint64_t chunk_bytes;          ///< of one, unpacked
    bool is_filtered;

    /// How many there are; the largest number there is where that is beyond it.
    std::uint64_t count() const noexcept;
    /// The origin of the chunk at that place of an array of all that there may be. `first_axis` varies slowest, then
    /// the others in order. False where it lies outside the shape.
    bool origin_of(std::uint64_t index, std::size_t first_axis, std::vector<std::uint64_t>& origin) const;
    /// Bytes that the array's entries have for a chunk's size.
    std::size_t size_width() const noexcept;
    /// Where a chunk lies and how much of it is stored, as the newer indexes have it. The place among the others is
    /// left open.
    Chunk stored_chunk(Cursor& entry) const;
};

/// Those that lie within the shape, in the index's order. Throws FileError for a damaged index.
std::vector<Chunk> find_chunks(File& file, const ChunkIndex& index, const ChunkGrid& grid, const std::string& where);

}  // namespace markhor::formats::h5
