// Fractal heaps ("FRHP"): where newer files keep the links and attributes of objects that have many of them, and
// attributes that are large.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "formats/hdf5/file.hpp"

namespace markhor::formats::h5 {

class FractalHeap {
public:
    /// The file and `where` must live as long. Throws FileError for a damaged heap.
    FractalHeap(File& file, std::uint64_t address, const std::string& where);

    std::size_t id_bytes() const noexcept { return id_bytes_; }
    /// The object of that ID. Throws FileError where there is none.
    Block object(Cursor id);

private:
    struct Huge {
        std::uint64_t address;
        std::uint64_t size;
    };
    Block managed(Cursor id);
    Block huge(Cursor id);
    Block tiny(Cursor id, std::uint8_t first) const;
    std::uint64_t row_bytes(std::uint64_t row) const noexcept;
    Block in_direct_block(std::uint64_t address, std::uint64_t block_bytes, std::uint64_t offset, std::uint64_t size);

    File& file_;
    const std::string& where_;
    std::size_t id_bytes_ = 0;
    std::size_t offset_bytes_ = 0;  // of an offset in the heap, in an ID
    std::size_t length_bytes_ = 0;
    bool has_checksums_ = false;
    std::uint64_t width_ = 0;  // blocks in a row
    std::uint64_t first_block_bytes_ = 0;
    std::uint64_t most_direct_bytes_ = 0;  // larger blocks are indirect ones
    std::uint64_t root_ = undefined_address;
    std::uint64_t root_rows_ = 0;  // 0: the root is a direct block
    std::uint64_t huge_tree_ = undefined_address;
    bool knows_huge_ = false;
    std::map<std::uint64_t, Huge> huge_;  // by their numbers
};

}  // namespace markhor::formats::h5
