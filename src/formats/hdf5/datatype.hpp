// What the elements of a dataset or an attribute are.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "formats/hdf5/cursor.hpp"

namespace markhor::formats::h5 {

/// One element's bits, as its type says: a number, or a text.
struct Datatype {
    enum class Kind : std::uint8_t {
        integer,
        floating,
        fixed_text,     ///< of `size` bytes, or up to its first null
        variable_text,  ///< a length, and a reference to the global heap
        opaque,
        other,
    };
    Kind kind = Kind::other;
    std::uint64_t size = 0;  ///< bytes of an element
    bool is_big_endian = false;
    std::uint32_t bit_offset = 0;  ///< of a number: its lowest bit, and how many it has
    std::uint32_t precision = 0;
    bool is_signed = false;
    // Of a floating one: where its parts lie, counted from the element's lowest bit.
    std::uint32_t sign_at = 0;
    std::uint32_t exponent_at = 0;
    std::uint32_t exponent_bits = 0;
    std::uint32_t mantissa_at = 0;
    std::uint32_t mantissa_bits = 0;
    std::uint32_t exponent_bias = 0;

    bool is_number() const noexcept { return kind == Kind::integer || kind == Kind::floating; }
    /// A number whose bytes are those of this machine's float (8, 23 bits) or double (11, 52 bits).
    bool is_native_float(std::uint32_t exponent, std::uint32_t mantissa) const noexcept;
    static Datatype bfloat16() noexcept;
};

/// From the body of a datatype message. Enumerations (h5py's booleans) are read as their integers. Types that are
/// neither numbers nor texts become Kind::other. Throws FileError for a damaged one.
Datatype read_datatype(Cursor& bytes);

}  // namespace markhor::formats::h5
