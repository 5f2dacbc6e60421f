#include "formats/hdf5/datatype.hpp"

namespace markhor::formats::h5 {
namespace {

enum class Class : std::uint8_t {
    fixed_point = 0,
    floating_point = 1,
    string = 3,
    opaque = 5,
    enumeration = 8,
    variable_length = 9
};

void read_integer(Cursor& bytes, std::uint64_t bits, Datatype& type) {
    type.is_big_endian = (bits & 1U) != 0;
    type.is_signed = (bits & 8U) != 0;
    type.bit_offset = bytes.u16();
    type.precision = bytes.u16();
    if (type.size > 8) return;  // no number that a tensor holds
    const bool fits = type.size > 0 && type.precision > 0 && type.bit_offset + type.precision <= 8 * type.size;
    if (!fits) bytes.fail("an integer whose bits lie outside its bytes");
    type.kind = Datatype::Kind::integer;
}

void read_floating(Cursor& bytes, std::uint64_t bits, Datatype& type) {
    type.is_big_endian = (bits & 1U) != 0;
    type.sign_at = static_cast<std::uint32_t>(bits >> 8U & 0xffU);
    type.bit_offset = bytes.u16();
    type.precision = bytes.u16();
    type.exponent_at = bytes.u8();
    type.exponent_bits = bytes.u8();
    type.mantissa_at = bytes.u8();
    type.mantissa_bits = bytes.u8();
    type.exponent_bias = bytes.u32();
    constexpr std::uint64_t vax_order = 0x40;
    constexpr std::uint64_t implied_one = 2;
    const bool is_usual = (bits & vax_order) == 0 && (bits >> 4U & 3U) == implied_one;
    if (type.size > 8 || !is_usual) return;
    const std::uint64_t width = 8 * type.size;
    const bool fits = type.sign_at < width && type.exponent_bits > 0 && type.exponent_bits <= 11 &&
                      type.exponent_at + type.exponent_bits <= width && type.mantissa_bits > 0 &&
                      type.mantissa_bits <= 52 && type.mantissa_at + type.mantissa_bits <= width;
    if (!fits) bytes.fail("a floating-point number whose parts lie outside its bytes");
    type.kind = Datatype::Kind::floating;
}

Datatype read_nested(Cursor& bytes, int depth);

/// Those of the integers below.
void read_enumeration(Cursor& bytes, int depth, Datatype& type) {
    const Datatype base = read_nested(bytes, depth + 1);
    if (base.kind != Datatype::Kind::integer || base.size != type.size)
        bytes.fail("an enumeration of what is no integer");
    type = base;
}

Datatype read_nested(Cursor& bytes, int depth) {
    if (depth > 2) bytes.fail("a type nested in too many others");
    const std::uint8_t first = bytes.u8();
    const std::uint64_t bits = bytes.number(3);
    Datatype type;
    type.size = bytes.u32();
    switch (static_cast<Class>(first & 15U)) {
        case Class::fixed_point: read_integer(bytes, bits, type); break;
        case Class::floating_point: read_floating(bytes, bits, type); break;
        case Class::string: type.kind = Datatype::Kind::fixed_text; break;
        case Class::opaque: type.kind = Datatype::Kind::opaque; break;
        case Class::enumeration: read_enumeration(bytes, depth, type); break;
        case Class::variable_length:
            if ((bits & 15U) == 1) type.kind = Datatype::Kind::variable_text;
            break;
        default: break;
    }
    return type;
}

}  // namespace

bool Datatype::is_native_float(std::uint32_t exponent, std::uint32_t mantissa) const noexcept {
    const std::uint32_t bits = 1 + exponent + mantissa;
    return kind == Kind::floating && !is_big_endian && 8 * size == bits && sign_at == bits - 1 &&
           exponent_at == mantissa && exponent_bits == exponent && mantissa_at == 0 && mantissa_bits == mantissa &&
           exponent_bias == (1U << (exponent - 1)) - 1;
}

Datatype Datatype::bfloat16() noexcept {
    Datatype type;
    type.kind = Kind::floating;
    type.size = 2;
    type.precision = 16;
    type.sign_at = 15;
    type.exponent_at = 7;
    type.exponent_bits = 8;
    type.mantissa_bits = 7;
    type.exponent_bias = 127;
    return type;
}

Datatype read_datatype(Cursor& bytes) { return read_nested(bytes, 0); }

}  // namespace markhor::formats::h5
