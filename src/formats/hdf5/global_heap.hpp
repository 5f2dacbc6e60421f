// The collections ("GCOL") of texts of variable length, that attributes and datasets refer to.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "formats/hdf5/cursor.hpp"

namespace markhor::formats::h5 {

class File;

/// Of one file. Collections stay in memory once they were asked for.
class GlobalHeap {
public:
    /// The object of that number in the collection at the address. Throws FileError where there is none.
    std::span<const std::byte> object(File& file, std::uint64_t address, std::uint64_t number,
                                      const std::string& where);

private:
    struct Collection {
        Block block;
        std::map<std::uint64_t, std::span<const std::byte>> objects;
    };
    Collection& collection(File& file, std::uint64_t address, const std::string& where);

    std::map<std::uint64_t, Collection> collections_;
    std::uint64_t loaded_ = 0;
};

}  // namespace markhor::formats::h5
