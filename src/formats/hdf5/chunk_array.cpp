#include "formats/hdf5/chunk_array.hpp"

#include <algorithm>
#include <bit>

#include "formats/hdf5/checksum.hpp"

namespace markhor::formats::h5 {
namespace {

/// What both kinds share: entries in a row, in blocks or in pages of a block.
class ArrayReader {
public:
    ArrayReader(File& file, const ChunkGrid& grid, std::size_t first_axis, const std::string& where)
        : file_(file), grid_(grid), first_axis_(first_axis), where_(where) {}

protected:
    /// A structure's version, and the kind of its entries.
    void check_kind(Cursor& bytes) const {
        bytes.version(0);
        const std::uint8_t kind = bytes.u8();
        if (kind != (grid_.is_filtered ? 1 : 0)) bytes.fail("entries of another kind than the dataset's filters want");
    }

    void check_entry_bytes(Cursor& bytes, std::uint64_t came) {
        entry_bytes_ = file_.widths().address + (grid_.is_filtered ? grid_.size_width() + 4 : 0);
        if (came != entry_bytes_) {
            bytes.fail("entries of " + std::to_string(came) + " bytes; " + std::to_string(entry_bytes_) +
                       " are wanted");
        }
    }

    std::uint64_t prefix_bytes() const { return 6 + file_.widths().address; }

    void entries(Cursor bytes, std::uint64_t index, std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            Cursor entry = bytes.part(entry_bytes_);
            Chunk chunk = grid_.stored_chunk(entry);
            if (chunk.address == undefined_address) continue;  // never written
            if (grid_.origin_of(index + i, first_axis_, chunk.origin)) chunks_.push_back(std::move(chunk));
        }
    }

    /// Which pages of entries were ever written: bits, the first page's the highest of its byte.
    struct WrittenPages {
        std::span<const std::byte> bits;
        std::uint64_t first = 0;  ///< of the block in question

        bool has(std::uint64_t page) const {
            const std::uint64_t at = first + page;
            return (std::to_integer<unsigned>(bits[static_cast<std::size_t>(at / 8)]) & (0x80U >> (at % 8))) != 0;
        }
    };

    /// Pages of entries, each with a checksum, one after the other.
    void pages(std::uint64_t address, const WrittenPages& written, std::uint64_t page_entries, std::uint64_t index,
               std::uint64_t count) {
        for (std::uint64_t page = 0; page * page_entries < count; ++page) {
            if (!written.has(page)) continue;
            const std::uint64_t entries_here = std::min(page_entries, count - page * page_entries);
            const std::uint64_t offset = page * (page_entries * entry_bytes_ + 4);
            const Block block = file_.block(address + offset, entries_here * entry_bytes_ + 4, where_);
            check_checksum(block, where_);
            entries(file_.cursor(block, where_), index + page * page_entries, entries_here);
        }
    }

    File& file_;
    const ChunkGrid& grid_;
    std::size_t first_axis_;
    const std::string& where_;
    std::uint64_t entry_bytes_ = 0;
    std::vector<Chunk> chunks_;
};

class FixedArray : public ArrayReader {
public:
    using ArrayReader::ArrayReader;

    std::vector<Chunk> read(std::uint64_t address) {
        const Widths widths = file_.widths();
        const Block block = file_.checked_block(address, 12 + widths.length + widths.address, "FAHD", where_);
        Cursor head = file_.cursor(block, where_);
        head.skip(4);
        check_kind(head);
        check_entry_bytes(head, head.u8());
        const std::uint8_t page_bits = head.u8();
        const std::uint64_t count = head.length();
        const std::uint64_t data = head.address();
        if (data == undefined_address) return {};
        if (page_bits > 32) head.fail("pages of 2^" + std::to_string(page_bits) + " entries");
        if (count > file_.size() / entry_bytes_)
            head.fail(std::to_string(count) + " entries, more than the file can hold");
        const std::uint64_t page_entries = std::uint64_t{1} << page_bits;
        if (count <= page_entries) {
            const Block entries_block =
                file_.checked_block(data, prefix_bytes() + count * entry_bytes_ + 4, "FADB", where_);
            Cursor body = file_.cursor(entries_block, where_);
            body.skip(prefix_bytes());
            entries(body, 0, count);
            return std::move(chunks_);
        }
        const std::uint64_t bitmap_bytes = ((count - 1) / page_entries + 8) / 8;
        const std::uint64_t start_bytes = prefix_bytes() + bitmap_bytes + 4;
        const Block start = file_.checked_block(data, start_bytes, "FADB", where_);
        const WrittenPages written = {std::span(start.bytes).subspan(prefix_bytes(), bitmap_bytes)};
        pages(data + start_bytes, written, page_entries, 0, count);
        return std::move(chunks_);
    }
};

class ExtensibleArray : public ArrayReader {
public:
    using ArrayReader::ArrayReader;

    std::vector<Chunk> read(std::uint64_t address) {
        const Widths widths = file_.widths();
        const Block block = file_.checked_block(address, 16 + 6 * widths.length + widths.address, "EAHD", where_);
        Cursor head = file_.cursor(block, where_);
        head.skip(4);
        check_kind(head);
        check_entry_bytes(head, head.u8());
        const std::uint64_t most_bits = head.u8();
        in_index_block_ = head.u8();
        smallest_block_ = head.u8();
        const std::uint64_t least_pointers = head.u8();
        const std::uint64_t page_bits = head.u8();
        for (int i = 0; i < 6; ++i) head.length();
        const std::uint64_t index_block = head.address();
        const bool sound = most_bits > 0 && most_bits <= 64 && std::has_single_bit(smallest_block_) &&
                           std::has_single_bit(least_pointers) && page_bits <= 32 &&
                           (std::uint64_t{1} << (most_bits - 1)) >= smallest_block_;
        if (!sound) head.fail("an array with impossible sizes");
        offset_bytes_ = (most_bits + 7) / 8;
        page_entries_ = std::uint64_t{1} << page_bits;
        if (index_block == undefined_address) return {};
        const auto log2 = [](std::uint64_t number) { return static_cast<std::uint64_t>(std::bit_width(number)) - 1; };
        read_index_block(index_block, 1 + most_bits - log2(smallest_block_), 2 * log2(least_pointers));
        return std::move(chunks_);
    }

private:
    /// Blocks that one super block leads to, and the entries of each: both double in turn.
    static std::uint64_t blocks_in(std::uint64_t super) { return std::uint64_t{1} << (super / 2); }
    std::uint64_t entries_in(std::uint64_t super) const { return smallest_block_ << ((super + 1) / 2); }

    /// The first super blocks have no block of their own: what they would say stands here.
    void read_index_block(std::uint64_t address, std::uint64_t supers, std::uint64_t supers_here) {
        supers_here = std::min(supers_here, supers);
        std::uint64_t blocks_here = 0;
        for (std::uint64_t super = 0; super < supers_here; ++super) blocks_here += blocks_in(super);
        const std::uint64_t references = blocks_here + supers - supers_here;
        const Block block = file_.checked_block(
            address, prefix_bytes() + in_index_block_ * entry_bytes_ + references * file_.widths().address + 4, "EAIB",
            where_);
        Cursor body = file_.cursor(block, where_);
        body.skip(prefix_bytes());
        entries(body.part(in_index_block_ * entry_bytes_), 0, in_index_block_);
        std::uint64_t index = in_index_block_;
        for (std::uint64_t super = 0; super < supers_here; ++super) {
            for (std::uint64_t i = 0; i < blocks_in(super); ++i, index += entries_in(super)) {
                read_data_block(body.address(), index, entries_in(super), {});
            }
        }
        for (std::uint64_t super = supers_here; super < supers; ++super) {
            const std::uint64_t super_block = body.address();
            // Beyond the last there can be none: so far out, the counts would overflow too.
            if (super_block != undefined_address) read_super_block(super_block, super, index);
            const std::uint64_t here = saturating_product(blocks_in(super), entries_in(super));
            index = here > ~index ? ~std::uint64_t{0} : index + here;
        }
    }

    void read_super_block(std::uint64_t address, std::uint64_t super, std::uint64_t index) {
        const std::uint64_t blocks = blocks_in(super);
        const std::uint64_t entries_each = entries_in(super);
        const bool is_paged = entries_each > page_entries_;
        const std::uint64_t pages_each = is_paged ? entries_each / page_entries_ : 0;
        const std::uint64_t bitmap_bytes = (pages_each + 7) / 8;
        const std::uint64_t prefix = prefix_bytes() + offset_bytes_;
        const std::uint64_t bytes = saturating_product(blocks, bitmap_bytes + file_.widths().address);
        if (bytes > file_.size()) fail_at(where_, address, "an array's block is larger than the file");
        const Block block = file_.checked_block(address, prefix + bytes + 4, "EASB", where_);
        Cursor body = file_.cursor(block, where_);
        body.skip(prefix);
        const std::span<const std::byte> written = body.take(blocks * bitmap_bytes);
        for (std::uint64_t i = 0; i < blocks; ++i, index += entries_each) {
            read_data_block(body.address(), index, entries_each, {written, i * pages_each});
        }
    }

    void read_data_block(std::uint64_t address, std::uint64_t index, std::uint64_t count, const WrittenPages& written) {
        if (address == undefined_address) return;
        const std::uint64_t bytes = saturating_product(count, entry_bytes_);
        if (bytes > file_.size()) fail_at(where_, address, "an array's block is larger than the file");
        const std::uint64_t prefix = prefix_bytes() + offset_bytes_;
        if (count > page_entries_) {
            if (written.bits.empty()) fail_at(where_, address, "an array's block without a list of its pages");
            const Block start = file_.checked_block(address, prefix + 4, "EADB", where_);
            return pages(address + prefix + 4, written, page_entries_, index, count);
        }
        const Block block = file_.checked_block(address, prefix + bytes + 4, "EADB", where_);
        Cursor body = file_.cursor(block, where_);
        body.skip(prefix);
        entries(body, index, count);
    }

    std::uint64_t in_index_block_ = 0;
    std::uint64_t smallest_block_ = 0;
    std::uint64_t offset_bytes_ = 0;
    std::uint64_t page_entries_ = 0;
};

}  // namespace

std::vector<Chunk> chunks_in_fixed_array(File& file, std::uint64_t address, const ChunkGrid& grid,
                                         const std::string& where) {
    return FixedArray(file, grid, 0, where).read(address);
}

std::vector<Chunk> chunks_in_extensible_array(File& file, std::uint64_t address, const ChunkGrid& grid,
                                              const std::string& where) {
    // The axis that grows varies slowest.
    const auto growing = std::ranges::find(grid.most, undefined_address);
    const std::size_t first_axis =
        growing == grid.most.end() ? 0 : static_cast<std::size_t>(growing - grid.most.begin());
    return ExtensibleArray(file, grid, first_axis, where).read(address);
}

}  // namespace markhor::formats::h5
