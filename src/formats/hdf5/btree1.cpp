#include "formats/hdf5/btree1.hpp"

#include <set>

namespace markhor::formats::h5 {
namespace {

class Walk {
public:
    Walk(File& file, Tree1 kind, std::size_t key_bytes, const std::string& where,
         const std::function<void(Cursor, std::uint64_t)>& visit)
        : file_(file), kind_(kind), key_bytes_(key_bytes), where_(where), visit_(visit) {}

    /// `level`: of the node that is expected there; none of the root.
    void node(std::uint64_t address, int wanted_level) {
        if (!seen_.insert(address).second) fail_at(where_, address, "a tree that meets the same node twice");
        const Widths widths = file_.widths();
        const std::size_t head_bytes = 8 + 2 * widths.address;
        const Block start = file_.block(address, head_bytes, where_);
        Cursor head = file_.cursor(start, where_);
        head.signature("TREE");
        const std::uint8_t kind = head.u8();
        if (kind != static_cast<std::uint8_t>(kind_)) head.fail("a tree of another kind");
        const int level = head.u8();
        if (wanted_level >= 0 && level != wanted_level) {
            head.fail("a node of level " + std::to_string(level) + "; " + std::to_string(wanted_level) + " is wanted");
        }
        const std::uint64_t count = head.u16();
        const Block entries = file_.block(address + head_bytes, count * (key_bytes_ + widths.address), where_);
        Cursor bytes = file_.cursor(entries, where_);
        for (std::uint64_t i = 0; i < count; ++i) {
            const Cursor key = bytes.part(key_bytes_);
            const std::uint64_t child = bytes.address();
            if (level == 0) {
                visit_(key, child);
            } else {
                node(child, level - 1);
            }
        }
    }

private:
    File& file_;
    Tree1 kind_;
    std::size_t key_bytes_;
    const std::string& where_;
    const std::function<void(Cursor, std::uint64_t)>& visit_;
    std::set<std::uint64_t> seen_;
};

}  // namespace

void walk_btree1(File& file, std::uint64_t root, Tree1 kind, std::size_t key_bytes, const std::string& where,
                 const std::function<void(Cursor key, std::uint64_t child)>& visit) {
    Walk(file, kind, key_bytes, where, visit).node(root, -1);
}

}  // namespace markhor::formats::h5
