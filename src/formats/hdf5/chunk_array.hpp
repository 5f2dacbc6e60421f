// The indexes of chunks that are arrays: fixed ones ("FAHD"), for shapes that cannot grow, and extensible ones
// ("EAHD"), for shapes that can grow along one axis.
#pragma once

#include <string>
#include <vector>

#include "formats/hdf5/chunk_index.hpp"

namespace markhor::formats::h5 {

std::vector<Chunk> chunks_in_fixed_array(File& file, std::uint64_t address, const ChunkGrid& grid,
                                         const std::string& where);
std::vector<Chunk> chunks_in_extensible_array(File& file, std::uint64_t address, const ChunkGrid& grid,
                                              const std::string& where);

}  // namespace markhor::formats::h5
