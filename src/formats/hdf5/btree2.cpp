#include "formats/hdf5/btree2.hpp"

#include <bit>
#include <set>

namespace markhor::formats::h5 {
namespace {

constexpr std::uint64_t node_overhead = 10;  // signature, version, type, checksum

/// Bytes that HDF5 gives to a count of at most `most`.
std::size_t width_of(std::uint64_t most) { return most == 0 ? 1 : (std::bit_width(most) - 1) / 8 + 1; }

class Btree2Walk {
public:
    Btree2Walk(File& file, std::uint8_t type, const std::string& where, const std::function<void(Cursor)>& visit)
        : file_(file), type_(type), where_(where), visit_(visit) {}

    void tree(std::uint64_t address) {
        const Widths widths = file_.widths();
        const Block block = file_.checked_block(address, 22 + widths.address + widths.length, "BTHD", where_);
        Cursor head = file_.cursor(block, where_);
        head.skip(4);
        check_kind(head);
        node_bytes_ = head.u32();
        record_bytes_ = head.u16();
        const std::uint64_t depth = head.u16();
        head.skip(2);
        const std::uint64_t root = head.address();
        const std::uint64_t count = head.u16();
        if (root == undefined_address || count == 0) return;
        if (record_bytes_ == 0 || node_bytes_ < node_overhead + record_bytes_)
            head.fail("nodes too small for a record");
        constexpr std::uint64_t most_depth = 32;
        if (depth > most_depth) head.fail("a tree of depth " + std::to_string(depth));
        measure(depth);
        node(root, depth, count);
    }

private:
    void check_kind(Cursor& bytes) const {
        bytes.version(0);
        const std::uint8_t type = bytes.u8();
        if (type != type_) {
            bytes.fail("a tree of records of type " + std::to_string(type) + "; " + std::to_string(type_) +
                       " is wanted");
        }
    }

    /// How wide the counts of records are in each level's references to the level below.
    void measure(std::uint64_t depth) {
        std::uint64_t most = (node_bytes_ - node_overhead) / record_bytes_;
        count_width_ = width_of(most);
        total_widths_ = {0};  // of leaves, whose total is their count
        for (std::uint64_t level = 1; level <= depth; ++level) {
            const std::uint64_t reference = file_.widths().address + count_width_ + total_widths_.back();
            const std::uint64_t records = node_bytes_ < node_overhead + reference
                                              ? 0
                                              : (node_bytes_ - node_overhead - reference) / (record_bytes_ + reference);
            const std::uint64_t below = saturating_product(records + 1, most);
            most = below > ~records ? ~std::uint64_t{0} : below + records;
            total_widths_.push_back(width_of(most));
        }
    }

    void node(std::uint64_t address, std::uint64_t level, std::uint64_t count) {
        if (!seen_.insert(address).second) fail_at(where_, address, "a tree that meets the same node twice");
        const std::size_t reference =
            level == 0 ? 0 : file_.widths().address + count_width_ + (level > 1 ? total_widths_[level - 1] : 0);
        const std::uint64_t used = node_overhead + count * record_bytes_ + (level == 0 ? 0 : (count + 1) * reference);
        if (used > node_bytes_) fail_at(where_, address, "more records than its node has room for");
        const Block block = file_.checked_block(address, used, level == 0 ? "BTLF" : "BTIN", where_);
        Cursor bytes = file_.cursor(block, where_);
        bytes.skip(4);
        check_kind(bytes);
        Cursor records = bytes.part(count * record_bytes_);
        for (std::uint64_t i = 0; i <= count; ++i) {
            if (level > 0) {
                Cursor child = bytes.part(reference);
                const std::uint64_t below = child.address();
                node(below, level - 1, child.number(count_width_));
            }
            if (i < count) visit_(records.part(record_bytes_));
        }
    }

    File& file_;
    std::uint8_t type_;
    const std::string& where_;
    const std::function<void(Cursor)>& visit_;
    std::uint64_t node_bytes_ = 0;
    std::uint64_t record_bytes_ = 0;
    std::size_t count_width_ = 0;
    std::vector<std::size_t> total_widths_;
    std::set<std::uint64_t> seen_;
};

}  // namespace

void walk_btree2(File& file, std::uint64_t header, std::uint8_t type, const std::string& where,
                 const std::function<void(Cursor record)>& visit) {
    Btree2Walk(file, type, where, visit).tree(header);
}

}  // namespace markhor::formats::h5
