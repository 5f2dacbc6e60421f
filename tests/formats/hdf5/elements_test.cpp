#include "formats/hdf5/elements.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

Datatype integer(std::uint64_t size, bool is_signed) {
    Datatype type;
    type.kind = Datatype::Kind::integer;
    type.size = size;
    type.precision = static_cast<std::uint32_t>(8 * size);
    type.is_signed = is_signed;
    return type;
}

Datatype float64() {
    Datatype type = Datatype::bfloat16();
    type.size = 8;
    type.sign_at = 63;
    type.exponent_at = type.mantissa_bits = 52;
    type.exponent_bits = 11;
    type.exponent_bias = 1023;
    return type;
}

template <class To, class From>
To converted(const Datatype& type, From value) {
    std::string bytes(sizeof(value), '\0');
    std::memcpy(bytes.data(), &value, sizeof(value));
    Tensor to(Shape{2}, dtype_of<To>::value);
    convert_elements(type, as_bytes(bytes), to, 1);
    return to.data<To>()[1];
}

TEST(Elements, BeyondAnIntegerTypeBecomeItsNearest) {
    EXPECT_EQ((converted<std::uint8_t>(integer(4, true), std::int32_t{-5})), 0);
    EXPECT_EQ((converted<std::uint8_t>(integer(4, true), std::int32_t{300})), 255);
    EXPECT_EQ((converted<std::int64_t>(integer(8, false), ~std::uint64_t{0})),
              std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ((converted<std::int32_t>(float64(), -1e300)), std::numeric_limits<std::int32_t>::min());
    EXPECT_EQ((converted<std::int64_t>(float64(), 9.3e18)), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ((converted<std::int32_t>(float64(), -2.9)), -2);
    EXPECT_EQ((converted<std::int32_t>(float64(), std::nan(""))), 0);
}

TEST(Elements, OfLargeIntegersStayExact) {
    constexpr std::int64_t odd = (std::int64_t{1} << 53) + 1;
    EXPECT_EQ((converted<std::int64_t>(integer(8, true), odd)), odd);
    EXPECT_EQ((converted<std::int64_t>(integer(8, true), -odd)), -odd);
}

TEST(Elements, OfFewerBitsThanTheirBytesKeepTheirSign) {
    Datatype type = integer(2, true);
    type.bit_offset = 4;
    type.precision = 5;
    EXPECT_EQ((converted<std::int32_t>(type, std::uint16_t{0xfe3f})), 3);
    EXPECT_EQ((converted<std::int32_t>(type, std::uint16_t{0x01f0})), -1);
}

TEST(Elements, OfAnyFloatingTypeAreTheirNumbers) {
    EXPECT_EQ((converted<float>(Datatype::bfloat16(), std::uint16_t{0x3fc0})), 1.5F);
    EXPECT_EQ((converted<double>(Datatype::bfloat16(), std::uint16_t{0x0001})), std::ldexp(1.0, -133));
    EXPECT_EQ((converted<double>(float64(), 5e-324)), 5e-324);
    EXPECT_TRUE(std::isnan(converted<float>(Datatype::bfloat16(), std::uint16_t{0x7fc0})));
    Datatype far = Datatype::bfloat16();
    far.exponent_bias = ~0U;
    EXPECT_EQ((converted<double>(far, std::uint16_t{0x3fc0})), 0.0);
}

TEST(Elements, OfTheSameTypeAreThoseOfTheMachine) {
    EXPECT_TRUE(is_same_type(float64(), DType::float64));
    EXPECT_FALSE(is_same_type(float64(), DType::float32));
    EXPECT_TRUE(is_same_type(integer(8, true), DType::int64));
    EXPECT_FALSE(is_same_type(integer(8, false), DType::int64));
    Datatype big = float64();
    big.is_big_endian = true;
    EXPECT_FALSE(is_same_type(big, DType::float64));
}

}  // namespace
}  // namespace markhor::formats::h5
