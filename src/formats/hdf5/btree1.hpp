// The older B-trees ("TREE"): of a group's links, and of a dataset's chunks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "formats/hdf5/file.hpp"

namespace markhor::formats::h5 {

enum class Tree1 : std::uint8_t { group = 0, chunks = 1 };

/// Calls visit(key, child) for each leaf of the tree, in order; the key has key_bytes bytes. No node is entered twice.
/// Throws FileError for a damaged one.
void walk_btree1(File& file, std::uint64_t root, Tree1 kind, std::size_t key_bytes, const std::string& where,
                 const std::function<void(Cursor key, std::uint64_t child)>& visit);

}  // namespace markhor::formats::h5
