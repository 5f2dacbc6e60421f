#include "formats/hdf5/elements.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace markhor::formats::h5 {
namespace {

std::uint64_t ones(std::uint32_t count) { return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1; }

std::uint64_t load(const std::byte* from, std::size_t size, bool is_big_endian) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < size; ++i) {
        bits = bits << 8 | std::to_integer<std::uint64_t>(from[is_big_endian ? i : size - 1 - i]);
    }
    return bits;
}

/// The number that these bits are, exactly.
double floating_of(const Datatype& type, std::uint64_t bits) {
    const bool is_negative = (bits >> type.sign_at & 1U) != 0;
    const std::uint64_t exponent = bits >> type.exponent_at & ones(type.exponent_bits);
    const std::uint64_t mantissa = bits >> type.mantissa_at & ones(type.mantissa_bits);
    constexpr std::uint32_t double_mantissa = 52;
    const std::uint64_t sign = std::uint64_t{is_negative} << 63;
    const std::uint64_t fraction = mantissa << (double_mantissa - type.mantissa_bits);
    if (exponent == ones(type.exponent_bits))
        return std::bit_cast<double>(sign | 0x7ffULL << double_mantissa | fraction);
    const std::int64_t power = static_cast<std::int64_t>(exponent) - type.exponent_bias;
    if (exponent > 0 && power > -1023 && power < 1024) {
        return std::bit_cast<double>(sign | static_cast<std::uint64_t>(power + 1023) << double_mantissa | fraction);
    }
    // Subnormal, or further from 1 than a double reaches.
    const double parts =
        std::ldexp(static_cast<double>(mantissa), -static_cast<int>(type.mantissa_bits)) + (exponent > 0 ? 1 : 0);
    const std::int64_t scale = std::clamp<std::int64_t>(exponent > 0 ? power : power + 1, -5000, 5000);
    const double value = std::ldexp(parts, static_cast<int>(scale));
    return is_negative ? -value : value;
}

template <class T>
T from_floating(double value) {
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(value);
    } else {
        if (std::isnan(value)) return 0;
        if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
        if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
        return static_cast<T>(value);
    }
}

template <class T, class Integer>
T from_integer(Integer value) {
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(value);
    } else {
        if (std::in_range<T>(value)) return static_cast<T>(value);
        return std::cmp_less(value, 0) ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
    }
}

template <class T>
T element(const Datatype& type, const std::byte* from) {
    const std::uint64_t bits = load(from, type.size, type.is_big_endian);
    if (type.kind == Datatype::Kind::floating) return from_floating<T>(floating_of(type, bits));
    const std::uint64_t value = bits >> type.bit_offset & ones(type.precision);
    if (!type.is_signed) return from_integer<T>(value);
    const bool is_negative = (value >> (type.precision - 1) & 1U) != 0;
    return from_integer<T>(static_cast<std::int64_t>(is_negative ? value | ~ones(type.precision) : value));
}

template <class T>
void convert(const Datatype& type, std::span<const std::byte> from, T* to) {
    const std::size_t count = from.size() / type.size;
    for (std::size_t i = 0; i < count; ++i) to[i] = element<T>(type, from.data() + i * type.size);
}

}  // namespace

bool is_same_type(const Datatype& type, DType dtype) noexcept {
    if constexpr (std::endian::native != std::endian::little) return false;
    const bool is_whole = type.kind == Datatype::Kind::integer && type.bit_offset == 0 && type.size == size_of(dtype) &&
                          type.precision == 8 * type.size && (!type.is_big_endian || type.size == 1);
    switch (dtype) {
        case DType::float32: return type.is_native_float(8, 23);
        case DType::float64: return type.is_native_float(11, 52);
        case DType::int32:
        case DType::int64: return is_whole && type.is_signed;
        case DType::uint8: return is_whole && !type.is_signed;
        case DType::bfloat16: break;
    }
    return false;
}

void convert_elements(const Datatype& type, std::span<const std::byte> from, Tensor& to, std::size_t at) {
    if (from.empty()) return;
    if (is_same_type(type, to.dtype())) {
        std::memcpy(static_cast<std::byte*>(to.raw()) + at * type.size, from.data(), from.size());
        return;
    }
    switch (to.dtype()) {
        case DType::float32: return convert(type, from, to.data<float>().data() + at);
        case DType::float64: return convert(type, from, to.data<double>().data() + at);
        case DType::int32: return convert(type, from, to.data<std::int32_t>().data() + at);
        case DType::int64: return convert(type, from, to.data<std::int64_t>().data() + at);
        case DType::uint8: return convert(type, from, to.data<std::uint8_t>().data() + at);
        case DType::bfloat16: break;
    }
}

}  // namespace markhor::formats::h5
