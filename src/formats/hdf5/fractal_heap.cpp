#include "formats/hdf5/fractal_heap.hpp"

#include <algorithm>
#include <bit>
#include <markhor/error.hpp>

#include "formats/hdf5/btree2.hpp"

namespace markhor::formats::h5 {
namespace {

bool is_power_of_two(std::uint64_t number) { return std::has_single_bit(number); }
std::uint64_t log2_of(std::uint64_t number) { return static_cast<std::uint64_t>(std::bit_width(number)) - 1; }

}  // namespace

FractalHeap::FractalHeap(File& file, std::uint64_t address, const std::string& where) : file_(file), where_(where) {
    const Widths widths = file.widths();
    const Block block = file.checked_block(address, 26 + 3 * widths.address + 12 * widths.length, "FRHP", where);
    Cursor head = file.cursor(block, where);
    head.skip(4);
    head.version(0);
    id_bytes_ = head.u16();
    if (head.u16() != 0) throw FileError(where + ": a heap that went through filters, which is not read");
    constexpr std::uint8_t checksums_flag = 2;
    has_checksums_ = (head.u8() & checksums_flag) != 0;
    const std::uint64_t most_managed = head.u32();
    head.length();  // the next huge object's number
    huge_tree_ = head.address();
    head.length();
    head.address();
    for (int i = 0; i < 8; ++i) head.length();  // counts and sizes that are not needed
    width_ = head.u16();
    first_block_bytes_ = head.length();
    most_direct_bytes_ = head.length();
    const std::uint64_t heap_bits = head.u16();
    head.skip(2);
    root_ = head.address();
    root_rows_ = head.u16();
    const bool sound = is_power_of_two(width_) && is_power_of_two(first_block_bytes_) &&
                       is_power_of_two(most_direct_bytes_) && first_block_bytes_ <= most_direct_bytes_ &&
                       most_direct_bytes_ <= std::uint64_t{1} << 32 && heap_bits > 0 && heap_bits <= 64 &&
                       id_bytes_ > 0 && most_managed > 0;
    if (!sound) head.fail("a heap with impossible sizes");
    offset_bytes_ = (heap_bits + 7) / 8;
    length_bytes_ = std::min((log2_of(most_direct_bytes_) + 7) / 8, log2_of(most_managed) / 8 + 1);
}

Block FractalHeap::object(Cursor id) {
    const std::uint8_t first = id.u8();
    if (first >> 6U != 0) id.fail("a heap's ID of an unknown version");
    switch (first >> 4U & 3U) {
        case 0: return managed(id);
        case 1: return huge(id);
        case 2: return tiny(id, first);
        default: id.fail("a heap's ID of an unknown kind");
    }
}

/// Rows double in size from the third on.
std::uint64_t FractalHeap::row_bytes(std::uint64_t row) const noexcept {
    const std::uint64_t doublings = row == 0 ? 0 : row - 1;
    return doublings + log2_of(first_block_bytes_) > 62 ? ~std::uint64_t{0} : first_block_bytes_ << doublings;
}

Block FractalHeap::in_direct_block(std::uint64_t address, std::uint64_t block_bytes, std::uint64_t offset,
                                   std::uint64_t size) {
    const std::uint64_t prefix =
        5 + file_.widths().address + offset_bytes_ + (has_checksums_ ? std::uint64_t{4} : std::uint64_t{0});
    if (offset < prefix || offset > block_bytes || size > block_bytes - offset) {
        fail_at(where_, address, "a heap's object lies outside its block");
    }
    const Block start = file_.block(address, prefix, where_);
    Cursor head = file_.cursor(start, where_);
    head.signature("FHDB");
    head.version(0);
    return file_.block(address + offset, size, where_);
}

Block FractalHeap::managed(Cursor id) {
    std::uint64_t offset = id.number(offset_bytes_);
    const std::uint64_t size = id.number(length_bytes_);
    std::uint64_t address = root_;
    if (address == undefined_address) id.fail("an object of a heap that is empty");
    if (root_rows_ == 0) return in_direct_block(address, first_block_bytes_, offset, size);
    std::uint64_t rows = root_rows_;
    for (int depth = 0; depth < 64; ++depth) {
        // Which block of this indirect one holds the offset.
        std::uint64_t row = 0;
        std::uint64_t row_start = 0;
        while (row < rows && offset - row_start >= saturating_product(row_bytes(row), width_)) {
            row_start += saturating_product(row_bytes(row), width_);
            ++row;
        }
        if (row == rows) id.fail("a heap's object lies beyond its blocks");
        const std::uint64_t column = (offset - row_start) / row_bytes(row);
        const std::uint64_t prefix = 5 + file_.widths().address + offset_bytes_;
        const std::uint64_t entries = saturating_product(rows, width_);
        const std::uint64_t bytes = prefix + saturating_product(entries, file_.widths().address) + 4;
        if (entries > file_.size() || bytes > file_.size()) id.fail("a heap's block is larger than the file");
        const Block block = file_.checked_block(address, bytes, "FHIB", where_);
        Cursor children = file_.cursor(block, where_);
        children.skip(prefix + (row * width_ + column) * file_.widths().address);
        address = children.address();
        if (address == undefined_address) id.fail("a heap's object lies in a block that is not there");
        offset -= row_start + column * row_bytes(row);
        if (row_bytes(row) <= most_direct_bytes_) return in_direct_block(address, row_bytes(row), offset, size);
        if (row_bytes(row) < first_block_bytes_ * width_) id.fail("a heap with impossible sizes");
        rows = log2_of(row_bytes(row)) - log2_of(first_block_bytes_ * width_) + 1;
    }
    id.fail("a heap's blocks are nested too deeply");
}

Block FractalHeap::huge(Cursor id) {
    const Widths widths = file_.widths();
    if (id.left() >= widths.address + widths.length) {
        const std::uint64_t address = id.address();
        return file_.block(address, id.length(), where_);
    }
    if (!knows_huge_ && huge_tree_ != undefined_address) {
        constexpr std::uint8_t unfiltered_by_number = 1;
        walk_btree2(file_, huge_tree_, unfiltered_by_number, where_, [&](Cursor record) {
            const std::uint64_t address = record.address();
            const std::uint64_t size = record.length();
            huge_[record.length()] = {address, size};
        });
    }
    knows_huge_ = true;
    const auto found = huge_.find(id.number(std::min<std::size_t>(id.left(), 8)));
    if (found == huge_.end()) id.fail("a heap's huge object that is not there");
    return file_.block(found->second.address, found->second.size, where_);
}

Block FractalHeap::tiny(Cursor id, std::uint8_t first) const {
    constexpr std::size_t most_short = 18;  // longer IDs have a second byte of length
    std::uint64_t size = first & 15U;
    if (id_bytes_ > most_short) size = size << 8U | id.u8();
    const std::uint64_t address = id.start() + id.at();
    const std::span<const std::byte> bytes = id.take(size + 1);
    return {address, Bytes(bytes.begin(), bytes.end())};
}

}  // namespace markhor::formats::h5
