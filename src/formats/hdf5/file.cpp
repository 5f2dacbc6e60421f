#include "formats/hdf5/file.hpp"

#include <algorithm>
#include <array>
#include <markhor/error.hpp>

#include "formats/hdf5/checksum.hpp"

namespace markhor::formats::h5 {
namespace {

constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";

bool is_width(std::size_t width) { return width == 2 || width == 4 || width == 8; }

}  // namespace

File::File(ByteSource& source, std::string name) : source_(source), name_(std::move(name)) {
    find_superblock();
    read_superblock();
}

void File::find_superblock() {
    // At the start, or after a block of the user's: at 512, 1024, 2048, …
    for (std::uint64_t at = 0; at <= source_.size(); at = at == 0 ? 512 : 2 * at) {
        std::array<std::byte, signature.size()> start = {};
        if (!source_.read(at, start)) break;
        if (std::ranges::equal(start, std::as_bytes(std::span(signature)))) {
            base_ = at;
            return;
        }
    }
    throw FileError(name_ + ": no HDF5 file: its signature is missing");
}

void File::read_superblock() {
    const std::uint64_t most = 128;
    const Block start = block(0, std::min(most, size()), name_);
    Cursor head = cursor(start, name_);
    head.skip(signature.size());
    const std::uint8_t version = head.u8();
    if (version > 3)
        throw FileError(name_ + ": an HDF5 file of version " + std::to_string(version) + "; 0 to 3 are read");
    const bool is_old = version < 2;
    if (is_old) head.skip(4);
    widths_.address = head.u8();
    widths_.length = head.u8();
    if (!is_width(widths_.address) || !is_width(widths_.length)) {
        head.fail("addresses of " + std::to_string(widths_.address) + " and lengths of " +
                  std::to_string(widths_.length) + " bytes; 2, 4 or 8 are wanted");
    }
    Cursor body(std::span(start.bytes).subspan(head.at()), head.at(), widths_, name_);
    body.skip(is_old ? 9 : 1);
    if (version == 1) body.skip(4);
    body.address();  // the base: where the superblock was found counts, as in HDF5's library
    body.address();  // of free space, or of the extension
    const std::uint64_t end = body.address();
    if (is_old) {
        body.address();  // of the driver's information
        body.length();   // the root's name
    }
    root_ = body.address();
    if (!is_old) {
        body.skip(4);
        check_checksum(std::span(start.bytes).first(head.at() + body.at()), 0, name_);
    }
    if (end == undefined_address || end > source_.size()) {
        throw FileError(name_ + ": truncated: it has " + std::to_string(source_.size()) +
                        " bytes; its superblock says " + std::to_string(end));
    }
    if (root_ == undefined_address) throw FileError(name_ + ": a damaged HDF5 file: it has no root group");
}

bool File::holds(std::uint64_t address, std::uint64_t bytes) const noexcept {
    return address <= size() && bytes <= size() - address;
}

void File::spend(std::uint64_t bytes, const std::string& where) {
    // A sound file's structures are read a few times each: groups are listed again for each weight's path.
    constexpr std::uint64_t harmless = std::uint64_t{1} << 24;
    constexpr std::uint64_t times = 64;
    spent_ += bytes;
    if (spent_ > harmless && (spent_ - harmless) / times > size()) {
        throw FileError(where + ": damaged: the file's structures refer to the same bytes over and over");
    }
}

Block File::block(std::uint64_t address, std::uint64_t bytes, const std::string& where) {
    if (!holds(address, bytes)) {
        fail_at(where, address,
                std::to_string(bytes) + " bytes are wanted here; the file has " + std::to_string(size()));
    }
    spend(bytes, where);
    Block made = {address, Bytes(static_cast<std::size_t>(bytes))};
    read(address, made.bytes, where);
    return made;
}

Block File::checked_block(std::uint64_t address, std::uint64_t bytes, std::string_view wanted,
                          const std::string& where) {
    Block made = block(address, bytes, where);
    cursor(made, where).signature(wanted);
    check_checksum(made, where);
    return made;
}

void File::read(std::uint64_t address, std::span<std::byte> to, const std::string& where) {
    if (!holds(address, to.size())) {
        fail_at(where, address,
                std::to_string(to.size()) + " bytes are wanted here; the file has " + std::to_string(size()));
    }
    if (!source_.read(base_ + address, to)) fail_at(where, address, "it cannot be read");
}

}  // namespace markhor::formats::h5
