// The newer B-trees ("BTHD"): of many links or attributes, of objects too large for their heap, and of chunks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "formats/hdf5/file.hpp"

namespace markhor::formats::h5 {

/// Calls visit(record) for each record of the tree, in order. `type` is the kind of its records, as HDF5 numbers them.
/// No node is entered twice. Throws FileError for a damaged one.
void walk_btree2(File& file, std::uint64_t header, std::uint8_t type, const std::string& where,
                 const std::function<void(Cursor record)>& visit);

}  // namespace markhor::formats::h5
