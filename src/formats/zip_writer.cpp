// The format: PKWARE's APPNOTE.TXT. Numbers are little-endian; sizes that four bytes do not hold are in an extra field.
#include "formats/zip_writer.hpp"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <markhor/error.hpp>
#include <string_view>
#include <system_error>

namespace markhor::formats {
namespace {

constexpr std::uint64_t four_bytes = 0xFFFFFFFF;
constexpr unsigned version = 20;
constexpr unsigned version_of_large = 45;
constexpr unsigned made_on_unix = 3 << 8;
constexpr unsigned utf8_name = 1 << 11;
constexpr unsigned date = 1 << 5 | 1;  // 1 January 1980, midnight: the first that there is
constexpr std::uint64_t mode = 0600;   // as Python's zipfile

void append(std::string& to, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) to += static_cast<char>(number >> 8 * i & 0xFF);
}

struct Entry {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t crc = 0;

    bool is_large() const { return size >= four_bytes; }
    unsigned needed() const { return is_large() || offset >= four_bytes ? version_of_large : version; }
};

/// From the version needed to the sizes: the same in both headers.
void append_common(std::string& to, const Entry& entry, unsigned needed) {
    const bool plain = std::ranges::all_of(entry.name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    append(to, needed, 2);
    append(to, plain ? 0 : utf8_name, 2);
    append(to, 0, 2);  // stored
    append(to, 0, 2);  // midnight
    append(to, date, 2);
    append(to, entry.crc, 4);
    append(to, entry.is_large() ? four_bytes : entry.size, 4);
    append(to, entry.is_large() ? four_bytes : entry.size, 4);
    append(to, entry.name.size(), 2);
}

std::string local_header(const Entry& entry) {
    std::string header = "PK\x03\x04";
    append_common(header, entry, entry.is_large() ? version_of_large : version);
    append(header, entry.is_large() ? 20 : 0, 2);
    header += entry.name;
    if (!entry.is_large()) return header;
    append(header, 1, 2);
    append(header, 16, 2);
    append(header, entry.size, 8);
    append(header, entry.size, 8);
    return header;
}

std::string central_header(const Entry& entry) {
    std::string large;
    if (entry.is_large()) {
        append(large, entry.size, 8);
        append(large, entry.size, 8);
    }
    if (entry.offset >= four_bytes) append(large, entry.offset, 8);
    std::string header = "PK\x01\x02";
    append(header, made_on_unix | entry.needed(), 2);
    append_common(header, entry, entry.needed());
    append(header, large.empty() ? 0 : large.size() + 4, 2);
    append(header, 0, 2 + 2 + 2);  // no comment, the first disk, no attributes of this kind
    append(header, mode << 16, 4);
    append(header, std::min(entry.offset, four_bytes), 4);
    header += entry.name;
    if (large.empty()) return header;
    append(header, 1, 2);
    append(header, large.size(), 2);
    return header + large;
}

std::string end_of(std::uint64_t members, std::uint64_t offset, std::uint64_t size) {
    constexpr std::uint64_t two_bytes = 0xFFFF;
    std::string end;
    if (members >= two_bytes || offset >= four_bytes || size >= four_bytes) {
        end += "PK\x06\x06";
        append(end, 44, 8);
        append(end, made_on_unix | version_of_large, 2);
        append(end, version_of_large, 2);
        append(end, 0, 4 + 4);
        append(end, members, 8);
        append(end, members, 8);
        append(end, size, 8);
        append(end, offset, 8);
        end += "PK\x06\x07";
        append(end, 0, 4);
        append(end, offset + size, 8);
        append(end, 1, 4);
    }
    end += "PK\x05\x06";
    append(end, 0, 2 + 2);
    append(end, std::min(members, two_bytes), 2);
    append(end, std::min(members, two_bytes), 2);
    append(end, std::min(size, four_bytes), 4);
    append(end, std::min(offset, four_bytes), 4);
    append(end, 0, 2);
    return end;
}

std::uint64_t crc_of(std::uint64_t before, std::string_view bytes) {
    return crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

/// Calls use(block) with the file's content, piece by piece.
template <class Use>
void read_through(const AtomicFile& file, const Use& use) {
    std::string block(std::size_t{1} << 20U, '\0');
    for (off_t offset = 0;;) {
        const ssize_t got = ::pread(file.descriptor(), block.data(), block.size(), offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            throw FileError(file.file().string() + ": cannot be written: " + std::generic_category().message(errno));
        }
        if (got == 0) return;
        use(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
        offset += got;
    }
}

}  // namespace

void ZipWriter::write(AtomicFile& to) const {
    std::uint64_t at = 0;
    const auto put = [&](std::string_view bytes) {
        to.write(bytes);
        at += bytes.size();
    };
    std::vector<Entry> entries;
    for (const auto& [name, text] : texts_) {
        const Entry& entry = entries.emplace_back(Entry{name, at, text.size(), crc_of(0, text)});
        put(local_header(entry));
        put(text);
    }
    for (const auto& [name, file] : files_) {
        Entry& entry = entries.emplace_back(Entry{name, at, 0, 0});
        read_through(*file, [&](std::string_view block) {
            entry.size += block.size();
            entry.crc = crc_of(entry.crc, block);
        });
        put(local_header(entry));
        read_through(*file, put);
    }
    const std::uint64_t central = at;
    for (const Entry& entry : entries) put(central_header(entry));
    put(end_of(entries.size(), central, at - central));
}

}  // namespace markhor::formats
