#include "formats/hdf5/filters.hpp"

#include <zlib.h>

#include <algorithm>
#include <markhor/error.hpp>

#include "formats/hdf5/checksum.hpp"

namespace markhor::formats::h5 {
namespace {

constexpr std::uint64_t checksum_bytes = 4;

/// What zlib holds of one stream, let go at the end.
class Inflater {
public:
    Inflater() : ready_(inflateInit(&stream_) == Z_OK) {}
    ~Inflater() {
        if (ready_) inflateEnd(&stream_);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// How many bytes came out; nothing right where the stream is damaged or larger than `to`.
    bool run(std::span<std::byte> from, std::span<std::byte> to, std::uint64_t& made) {
        if (!ready_) return false;
        constexpr std::size_t most_at_once = std::size_t{1} << 30;  // zlib counts in 32 bits
        int state = Z_OK;
        made = 0;
        while (state == Z_OK) {
            const std::size_t in = std::min(from.size(), most_at_once);
            const std::size_t out = std::min(to.size(), most_at_once);
            stream_.next_in = reinterpret_cast<Bytef*>(from.data());
            stream_.avail_in = static_cast<uInt>(in);
            stream_.next_out = reinterpret_cast<Bytef*>(to.data());
            stream_.avail_out = static_cast<uInt>(out);
            state = inflate(&stream_, Z_NO_FLUSH);
            const std::size_t came = out - stream_.avail_out;
            const std::size_t went = in - stream_.avail_in;
            if (state == Z_OK && came == 0 && went == 0) return false;
            from = from.subspan(went);
            to = to.subspan(came);
            made += came;
        }
        return state == Z_STREAM_END;
    }

private:
    z_stream stream_ = {};
    bool ready_;
};

Bytes inflated(Block& packed, std::uint64_t most, const std::string& where) {
    if (most / deflate_ratio > packed.bytes.size()) {
        fail_at(
            where, packed.address,
            "a chunk of " + std::to_string(packed.bytes.size()) + " bytes cannot unpack to " + std::to_string(most));
    }
    Bytes made(static_cast<std::size_t>(most));
    std::uint64_t size = 0;
    if (!Inflater().run(packed.bytes, made, size)) {
        fail_at(where, packed.address, "a chunk does not unpack to at most " + std::to_string(most) + " bytes");
    }
    made.resize(static_cast<std::size_t>(size));
    return made;
}

/// The elements' first bytes came first, then their second ones, …; what is left at the end came as it is.
Bytes unshuffled(const Bytes& shuffled, std::uint64_t element_bytes) {
    if (element_bytes < 2) return shuffled;
    const std::size_t width = std::min<std::size_t>(element_bytes, shuffled.size() + 1);
    const std::size_t count = shuffled.size() / width;
    Bytes made = shuffled;
    for (std::size_t byte = 0; byte < width; ++byte) {
        for (std::size_t i = 0; i < count; ++i) made[i * width + byte] = shuffled[byte * count + i];
    }
    return made;
}

void remove_checksum(Block& block, const std::string& where) {
    if (block.bytes.size() < checksum_bytes) fail_at(where, block.address, "a chunk ends before its checksum");
    const std::size_t size = block.bytes.size() - checksum_bytes;
    const std::span<const std::byte> bytes = block.bytes;
    const std::uint32_t stored = Cursor(bytes.subspan(size), block.address, {}, where).u32();
    if (stored != fletcher32(bytes.first(size))) fail_at(where, block.address, "a chunk's checksum is another");
    block.bytes.resize(size);
}

}  // namespace

std::vector<Filter> read_filters(Cursor& bytes) {
    const std::uint8_t version = bytes.u8();
    if (version != 1 && version != 2) bytes.fail("filters of version " + std::to_string(version));
    const std::uint8_t count = bytes.u8();
    constexpr std::uint8_t most_filters = 32;  // HDF5's own limit
    if (count > most_filters) bytes.fail(std::to_string(count) + " filters");
    if (version == 1) bytes.skip(6);
    std::vector<Filter> filters;
    for (std::uint8_t i = 0; i < count; ++i) {
        const std::uint16_t kind = bytes.u16();
        if (kind < 1 || kind > 3) {
            throw FileError(bytes.where() + ": a filter other than deflate, shuffle and fletcher32 (HDF5's number " +
                            std::to_string(kind) + ")");
        }
        const std::uint64_t name_bytes = version == 1 ? bytes.u16() : 0;  // these filters have none in version 2
        bytes.skip(2);
        const std::uint16_t values = bytes.u16();
        bytes.skip((name_bytes + 7) / 8 * 8);
        Filter filter = {static_cast<Filter::Kind>(kind)};
        for (std::uint16_t v = 0; v < values; ++v) {
            const std::uint32_t value = bytes.u32();
            if (v == 0) filter.element_bytes = value;
        }
        if (version == 1 && values % 2 == 1) bytes.skip(4);
        filters.push_back(filter);
    }
    return filters;
}

Bytes undo_filters(const std::vector<Filter>& filters, std::uint32_t skipped, Block stored, std::uint64_t size,
                   const std::string& where) {
    for (std::size_t i = filters.size(); i-- > 0;) {
        if ((skipped >> i & 1U) != 0) continue;
        switch (filters[i].kind) {
            case Filter::Kind::deflate: {
                // Checksums that were put on before it lie within.
                std::uint64_t most = size;
                for (std::size_t j = 0; j < i; ++j)
                    most += filters[j].kind == Filter::Kind::fletcher32 ? checksum_bytes : 0;
                stored.bytes = inflated(stored, most, where);
                break;
            }
            case Filter::Kind::shuffle: stored.bytes = unshuffled(stored.bytes, filters[i].element_bytes); break;
            case Filter::Kind::fletcher32: remove_checksum(stored, where); break;
        }
    }
    if (stored.bytes.size() != size) {
        fail_at(
            where, stored.address,
            "a chunk of " + std::to_string(stored.bytes.size()) + " bytes; " + std::to_string(size) + " are wanted");
    }
    return std::move(stored.bytes);
}

}  // namespace markhor::formats::h5
