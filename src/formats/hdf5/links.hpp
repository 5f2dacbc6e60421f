// The links of a group: names and what they lead to. Old groups have a B-tree and a local heap of names, new ones link
// messages, and a fractal heap where there are many.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "formats/hdf5/object_header.hpp"

namespace markhor::formats::h5 {

struct Link {
    bool is_hard = true;
    std::uint64_t address = undefined_address;  ///< of the object header that a hard link leads to
};

using Links = std::map<std::string, Link>;

/// Whether a header with these messages is a group's.
bool is_group(const std::vector<Message>& messages) noexcept;
/// Throws FileError for damaged ones, and for two links of one name.
Links read_links(File& file, const std::vector<Message>& messages, const std::string& where);

}  // namespace markhor::formats::h5
