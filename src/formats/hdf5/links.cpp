#include "formats/hdf5/links.hpp"

#include <algorithm>

#include "formats/hdf5/btree1.hpp"
#include "formats/hdf5/btree2.hpp"
#include "formats/hdf5/fractal_heap.hpp"

namespace markhor::formats::h5 {
namespace {

class LinkReader {
public:
    LinkReader(File& file, const std::string& where) : file_(file), where_(where) {}

    Links read(const std::vector<Message>& messages) {
        for (const Message& message : messages) {
            Cursor body = file_.cursor(message.body, where_);
            if (message.type == MessageType::symbol_table) read_symbol_table(body);
            if (message.type == MessageType::link) read_message(body);
            if (message.type == MessageType::link_info) read_dense(body);
        }
        return std::move(links_);
    }

private:
    void add(const std::string& name, Link link, const Cursor& place) {
        constexpr std::size_t most_links = 1'000'000;
        if (links_.size() == most_links) place.fail("a group with more than a million members");
        if (!links_.emplace(name, link).second) place.fail("a second member called '" + name.substr(0, 100) + "'");
    }

    void read_symbol_table(Cursor body) {
        const std::uint64_t tree = body.address();
        const Block names = local_heap(body.address());
        walk_btree1(file_, tree, Tree1::group, file_.widths().length, where_,
                    [&](const Cursor& /*key*/, std::uint64_t child) { read_symbols(child, names); });
    }

    Block local_heap(std::uint64_t address) {
        const Widths widths = file_.widths();
        const Block start = file_.block(address, 8 + 2 * widths.length + widths.address, where_);
        Cursor head = file_.cursor(start, where_);
        head.signature("HEAP");
        head.version(0);
        head.skip(3);
        const std::uint64_t size = head.length();
        head.length();  // of what is free
        return file_.block(head.address(), size, where_);
    }

    void read_symbols(std::uint64_t address, const Block& names) {
        const Widths widths = file_.widths();
        const Block start = file_.block(address, 8, where_);
        Cursor head = file_.cursor(start, where_);
        head.signature("SNOD");
        head.version(1);
        head.skip(1);
        const std::uint64_t count = head.u16();
        const Block entries = file_.block(address + 8, count * (24 + 2 * widths.address), where_);
        Cursor bytes = file_.cursor(entries, where_);
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t name = bytes.number(widths.address);
            const std::uint64_t object = bytes.address();
            constexpr std::uint32_t soft_link = 2;
            const bool is_hard = bytes.u32() != soft_link;
            bytes.skip(20);
            add(name_at(names, name), {is_hard, object}, bytes);
        }
    }

    /// Up to its null.
    std::string name_at(const Block& names, std::uint64_t offset) const {
        Cursor bytes = file_.cursor(names, where_);
        bytes.skip(offset);
        const std::span<const std::byte> rest = bytes.take(bytes.left());
        const auto end = std::ranges::find(rest, std::byte{0});
        if (end == rest.end()) fail_at(where_, names.address + offset, "a name without an end");
        return {reinterpret_cast<const char*>(rest.data()), static_cast<std::size_t>(end - rest.begin())};
    }

    void read_message(Cursor body) {
        body.version(1);
        const std::uint8_t flags = body.u8();
        const std::uint8_t kind = (flags & 8U) != 0 ? body.u8() : std::uint8_t{0};
        if ((flags & 4U) != 0) body.skip(8);   // the order of creation
        if ((flags & 16U) != 0) body.skip(1);  // the character set
        const std::uint64_t name_bytes = body.number(std::size_t{1} << (flags & 3U));
        const std::span<const std::byte> name = body.take(name_bytes);
        Link link = {kind == 0, undefined_address};
        if (link.is_hard) link.address = body.address();
        add({reinterpret_cast<const char*>(name.data()), name.size()}, link, body);
    }

    void read_dense(Cursor body) {
        body.version(0);
        const std::uint8_t flags = body.u8();
        if ((flags & 1U) != 0) body.skip(8);
        const std::uint64_t heap_address = body.address();
        const std::uint64_t tree = body.address();
        if (heap_address == undefined_address) return;
        FractalHeap heap(file_, heap_address, where_);
        constexpr std::uint8_t links_by_name = 5;
        walk_btree2(file_, tree, links_by_name, where_, [&](Cursor record) {
            record.skip(4);  // the name's hash
            const Block object = heap.object(record.part(heap.id_bytes()));
            read_message(file_.cursor(object, where_));
        });
    }

    File& file_;
    const std::string& where_;
    Links links_;
};

}  // namespace

bool is_group(const std::vector<Message>& messages) noexcept {
    return std::ranges::any_of(messages, [](const Message& message) {
        return message.type == MessageType::symbol_table || message.type == MessageType::link_info ||
               message.type == MessageType::link;
    });
}

Links read_links(File& file, const std::vector<Message>& messages, const std::string& where) {
    return LinkReader(file, where).read(messages);
}

}  // namespace markhor::formats::h5
