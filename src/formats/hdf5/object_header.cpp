#include "formats/hdf5/object_header.hpp"

#include <algorithm>
#include <deque>
#include <markhor/error.hpp>

#include "formats/hdf5/checksum.hpp"

namespace markhor::formats::h5 {
namespace {

constexpr std::size_t most_messages = 200'000;
constexpr std::uint8_t shared_flag = 2;

class HeaderReader {
public:
    HeaderReader(File& file, const std::string& where) : file_(file), where_(where) {}

    std::vector<Message> read(std::uint64_t address) {
        const Block start = file_.block(address, 16, where_);
        Cursor head = file_.cursor(start, where_);
        if (std::to_integer<char>(start.bytes[0]) == 'O') {
            head.signature("OHDR");
            read_newer(address, head);
        } else {
            head.version(1);
            head.skip(7);
            continue_at(address + 16, head.u32());
            while (!continuations_.empty()) {
                const Continuation next = next_continuation();
                const Block block = file_.block(next.address, next.size, where_);
                older_messages(file_.cursor(block, where_));
            }
        }
        return std::move(messages_);
    }

private:
    struct Continuation {
        std::uint64_t address;
        std::uint64_t size;
    };

    /// Blocks of one header do not overlap, so that all of them are no more than the file.
    void continue_at(std::uint64_t address, std::uint64_t size) {
        if (size > file_.size() - total_) fail_at(where_, address, "its header is larger than the file");
        total_ += size;
        continuations_.push_back({address, size});
    }

    Continuation next_continuation() {
        const Continuation next = continuations_.front();
        continuations_.pop_front();
        return next;
    }

    void older_messages(Cursor bytes) {
        while (bytes.left() >= 8) {
            const std::uint64_t type = bytes.u16();
            const std::uint64_t size = bytes.u16();
            const std::uint8_t flags = bytes.u8();
            bytes.skip(3);
            add(type, flags, bytes, size);
        }
    }

    void read_newer(std::uint64_t address, Cursor head) {
        head.version(2);
        const std::uint8_t flags = head.u8();
        tracks_order_ = (flags & 4U) != 0;
        const std::uint64_t times = (flags & 0x20U) != 0 ? 16 : 0;
        const std::uint64_t limits = (flags & 0x10U) != 0 ? 4 : 0;
        const std::uint64_t width = std::uint64_t{1} << (flags & 3U);
        const std::uint64_t prefix = head.at() + times + limits + width;
        const Block start = file_.block(address, prefix, where_);
        Cursor sizes = file_.cursor(start, where_);
        sizes.skip(prefix - width);
        const std::uint64_t size = sizes.number(width);
        if (size > file_.size()) sizes.fail("a header of " + std::to_string(size) + " bytes");
        total_ = size;
        newer_messages(file_.checked_block(address, prefix + size + 4, "OHDR", where_), prefix);
        while (!continuations_.empty()) {
            const Continuation next = next_continuation();
            newer_messages(file_.checked_block(next.address, next.size, "OCHK", where_), 4);
        }
    }

    void newer_messages(const Block& block, std::uint64_t prefix) {
        Cursor whole = file_.cursor(block, where_);
        whole.skip(prefix);
        if (whole.left() < 4) whole.fail("it ends before its checksum");
        Cursor bytes = whole.part(whole.left() - 4);
        const std::size_t smallest = tracks_order_ ? 6 : 4;  // less than that is a gap
        while (bytes.left() >= smallest) {
            const std::uint64_t type = bytes.u8();
            const std::uint64_t size = bytes.u16();
            const std::uint8_t flags = bytes.u8();
            if (tracks_order_) bytes.skip(2);
            add(type, flags, bytes, size);
        }
    }

    void add(std::uint64_t type, std::uint8_t flags, Cursor& bytes, std::uint64_t size) {
        if (messages_.size() == most_messages) bytes.fail("its header has too many parts");
        Cursor body = bytes.part(size);
        if (type > 0xff) return;  // of a kind that does not exist yet
        if (static_cast<MessageType>(type) == MessageType::continuation) {
            const std::uint64_t address = body.address();
            return continue_at(address, body.length());
        }
        const std::span<const std::byte> content = body.take(body.left());
        messages_.push_back({static_cast<MessageType>(type),
                             (flags & shared_flag) != 0,
                             {body.start(), Bytes(content.begin(), content.end())}});
    }

    File& file_;
    const std::string& where_;
    std::deque<Continuation> continuations_;
    std::vector<Message> messages_;
    std::uint64_t total_ = 0;
    bool tracks_order_ = false;
};

}  // namespace

std::vector<Message> read_object_header(File& file, std::uint64_t address, const std::string& where) {
    return HeaderReader(file, where).read(address);
}

const Message* find_message(const std::vector<Message>& messages, MessageType type) noexcept {
    const auto found = std::ranges::find(messages, type, &Message::type);
    return found == messages.end() ? nullptr : &*found;
}

Block resolve_shared(File& file, MessageType type, bool is_shared, Block body, const std::string& where) {
    if (!is_shared) return body;
    Cursor reference = file.cursor(body, where);
    const std::uint8_t version = reference.u8();
    const std::uint8_t kind = reference.u8();
    if (version == 0 || version > 3) reference.fail("a reference of version " + std::to_string(version));
    constexpr std::uint8_t in_heap = 1;
    if (version == 3 && kind == in_heap)
        throw FileError(where + ": a message in the file's shared heap, which is not read");
    if (version == 1) reference.skip(6);
    const std::vector<Message> messages = read_object_header(file, reference.address(), where);
    const Message* target = find_message(messages, type);
    if (!target || target->is_shared) reference.fail("it refers to an object without what is wanted");
    return target->body;
}

}  // namespace markhor::formats::h5
