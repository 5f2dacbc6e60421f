// The checksums of HDF5: over the newer structures of a file, and over data that went through the fletcher32 filter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "formats/hdf5/cursor.hpp"

namespace markhor::formats::h5 {

/// Bob Jenkins, 2006, http://burtleburtle.net/bob/c/lookup3.c (hashlittle, starting from 0).
std::uint32_t lookup3(std::span<const std::byte> bytes) noexcept;
/// Over 16-bit numbers whose first byte is the high one, as HDF5 takes them.
std::uint32_t fletcher32(std::span<const std::byte> bytes) noexcept;

/// Throws FileError where the last four bytes are not the lookup3 of those before. (A program for fuzzing lets them be:
/// hardly any of its inputs would come further.)
void check_checksum(std::span<const std::byte> bytes, std::uint64_t address, const std::string& where);
inline void check_checksum(const Block& block, const std::string& where) {
    check_checksum(block.bytes, block.address, where);
}

}  // namespace markhor::formats::h5
