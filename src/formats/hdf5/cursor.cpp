#include "formats/hdf5/cursor.hpp"

#include <cctype>
#include <markhor/error.hpp>

namespace markhor::formats::h5 {
namespace {

/// Bytes as they can stand in an error.
std::string printable(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        const int c = std::to_integer<int>(byte);
        text += std::isgraph(c) != 0 ? static_cast<char>(c) : '.';
    }
    return text;
}

}  // namespace

void fail_at(const std::string& where, std::uint64_t address, const std::string& what) {
    throw FileError(where + ": damaged at byte " + std::to_string(address) + ": " + what);
}

void Cursor::fail(const std::string& what) const { fail_at(*where_, address_ + at_, what); }

std::span<const std::byte> Cursor::take(std::uint64_t count) {
    if (count > left()) {
        fail(std::to_string(count) + " bytes are wanted here; " + std::to_string(left()) + " are left");
    }
    at_ += static_cast<std::size_t>(count);
    return bytes_.subspan(at_ - static_cast<std::size_t>(count), static_cast<std::size_t>(count));
}

Cursor Cursor::part(std::uint64_t count) {
    const std::uint64_t address = address_ + at_;
    return {take(count), address, widths_, *where_};
}

std::uint64_t Cursor::number(std::size_t width) {
    std::uint64_t value = 0;
    const std::span<const std::byte> digits = take(width);
    for (std::size_t i = width; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(digits[i]);
    return value;
}

std::uint64_t Cursor::address() {
    const std::uint64_t value = number(widths_.address);
    const std::uint64_t undefined = undefined_address >> (64 - 8 * widths_.address);
    return value == undefined ? undefined_address : value;
}

void Cursor::signature(std::string_view wanted) {
    const std::uint64_t here = address_ + at_;
    const std::span<const std::byte> came = take(wanted.size());
    const std::string_view text(reinterpret_cast<const char*>(came.data()), came.size());
    if (text != wanted) {
        fail_at(*where_, here, "'" + std::string(wanted) + "' is wanted here; '" + printable(came) + "' came");
    }
}

void Cursor::version(std::uint8_t wanted) {
    const std::uint8_t came = u8();
    if (came != wanted) fail("version " + std::to_string(wanted) + " is wanted; " + std::to_string(came) + " came");
}

}  // namespace markhor::formats::h5
