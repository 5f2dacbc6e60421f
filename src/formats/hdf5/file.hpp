// An HDF5 file that is foreign input, read without HDF5's library: its superblock, and its bytes by their addresses.
// What is read here is bounded by the file: no structure is larger than it, and all of them together may be read a
// limited number of times, however they refer to each other.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "formats/byte_source.hpp"
#include "formats/hdf5/cursor.hpp"
#include "formats/hdf5/global_heap.hpp"

namespace markhor::formats::h5 {

class File {
public:
    /// The source must live as long. `name` starts the errors. Throws FileError for what is no HDF5 file, a truncated
    /// one, or one of a kind that is not read.
    File(ByteSource& source, std::string name);
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    const std::string& name() const noexcept { return name_; }
    Widths widths() const noexcept { return widths_; }
    std::uint64_t root_address() const noexcept { return root_; }
    /// Bytes that addresses can reach.
    std::uint64_t size() const noexcept { return source_.size() - base_; }
    bool holds(std::uint64_t address, std::uint64_t size) const noexcept;

    /// A structure's bytes. Throws FileError, as read() does, where they lie beyond the end.
    Block block(std::uint64_t address, std::uint64_t size, const std::string& where);
    /// A structure that begins with a signature and ends with a checksum: both are checked.
    Block checked_block(std::uint64_t address, std::uint64_t size, std::string_view signature,
                        const std::string& where);
    /// The data of a dataset.
    void read(std::uint64_t address, std::span<std::byte> to, const std::string& where);
    /// Throws FileError where the file's structures have been read far more often than any sound file needs.
    void spend(std::uint64_t bytes, const std::string& where);

    Cursor cursor(const Block& block, const std::string& where) const { return {block, widths_, where}; }
    GlobalHeap& global_heap() noexcept { return global_heap_; }

private:
    void find_superblock();
    void read_superblock();

    ByteSource& source_;
    std::string name_;
    Widths widths_;
    std::uint64_t base_ = 0;  // of the superblock: what stands before it is the user's
    std::uint64_t root_ = undefined_address;
    std::uint64_t spent_ = 0;
    GlobalHeap global_heap_;
};

}  // namespace markhor::formats::h5
