// Bytes of an HDF5 file, read from front to back with every bound checked. All errors are FileErrors that name the
// place and the byte of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace markhor::formats::h5 {

using Bytes = std::vector<std::byte>;

/// What a file writes for an address that leads nowhere: data that were never written, a tree that is empty.
inline constexpr std::uint64_t undefined_address = ~std::uint64_t{0};

/// Bytes and where in the file they lie.
struct Block {
    std::uint64_t address = 0;
    Bytes bytes = {};
};

/// How many bytes the file gives to an address and to a length.
struct Widths {
    std::size_t address = 8;
    std::size_t length = 8;
};

[[noreturn]] void fail_at(const std::string& where, std::uint64_t address, const std::string& what);

class Cursor {
public:
    /// `where` starts the errors; it and the bytes must live as long.
    Cursor(std::span<const std::byte> bytes, std::uint64_t address, Widths widths, const std::string& where)
        : bytes_(bytes), address_(address), widths_(widths), where_(&where) {}
    Cursor(const Block& block, Widths widths, const std::string& where)
        : Cursor(block.bytes, block.address, widths, where) {}

    std::uint64_t start() const noexcept { return address_; }
    std::size_t at() const noexcept { return at_; }
    std::size_t left() const noexcept { return bytes_.size() - at_; }
    std::span<const std::byte> take(std::uint64_t count);
    void skip(std::uint64_t count) { take(count); }
    /// The next `count` bytes as a cursor of their own.
    Cursor part(std::uint64_t count);

    /// Little-endian, of at most 8 bytes.
    std::uint64_t number(std::size_t width);
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t address();
    std::uint64_t length() { return number(widths_.length); }
    /// The four bytes that HDF5's structures begin with.
    void signature(std::string_view wanted);
    /// The version of a structure, of which only this one exists.
    void version(std::uint8_t wanted);

    /// "model.h5: /dense: damaged at byte 800: " and what is wrong there.
    [[noreturn]] void fail(const std::string& what) const;
    Widths widths() const noexcept { return widths_; }
    const std::string& where() const noexcept { return *where_; }

private:
    std::span<const std::byte> bytes_;
    std::uint64_t address_;
    Widths widths_;
    const std::string* where_;
    std::size_t at_ = 0;
};

/// The product, or the largest number there is where that is beyond it.
constexpr std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) noexcept {
    return b != 0 && a > ~std::uint64_t{0} / b ? ~std::uint64_t{0} : a * b;
}

}  // namespace markhor::formats::h5
