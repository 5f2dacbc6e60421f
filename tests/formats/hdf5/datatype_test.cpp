#include "formats/hdf5/datatype.hpp"

#include <gtest/gtest.h>

#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

const std::string datatype_where = "m.h5: /x";

Datatype read_datatype(const std::string& bytes) {
    Cursor cursor(as_bytes(bytes), 0, {}, datatype_where);
    return read_datatype(cursor);
}

/// Class 1: a little-endian float whose parts can be set.
std::string floating(std::uint8_t size, std::uint8_t exponent_at, std::uint8_t exponent_bits,
                     std::uint8_t mantissa_bits) {
    std::string bytes(20, '\0');
    bytes[0] = 0x11;
    bytes[1] = 0x20;
    bytes[2] = static_cast<char>(8 * size - 1);
    bytes[4] = static_cast<char>(size);
    put(bytes, 10, 8U * size, 2);
    bytes[12] = static_cast<char>(exponent_at);
    bytes[13] = static_cast<char>(exponent_bits);
    bytes[15] = static_cast<char>(mantissa_bits);
    put(bytes, 16, (1U << (exponent_bits - 1)) - 1, 4);
    return bytes;
}

TEST(Datatype, OfAFloatIsThatOfTheMachine) {
    EXPECT_TRUE(read_datatype(floating(4, 23, 8, 23)).is_native_float(8, 23));
}

TEST(Datatype, WhoseBitsLieOutsideItsBytesIsRefused) {
    EXPECT_THROW(read_datatype(floating(4, 30, 8, 23)), FileError);
    EXPECT_THROW(read_datatype(floating(4, 23, 8, 33)), FileError);
    EXPECT_THROW(read_datatype(floating(0, 23, 8, 23)), FileError);
    std::string integer("\x10\0\0\0\x04\0\0\0\0\0\x21\0", 12);  // 33 bits of 4 bytes
    EXPECT_EQ(error_text([&] { read_datatype(integer); }),
              "m.h5: /x: damaged at byte 12: an integer whose bits lie outside its bytes");
    integer[10] = 32;
    EXPECT_TRUE(read_datatype(integer).is_number());
}

TEST(Datatype, LargerThanATensorsIsNoNumber) { EXPECT_FALSE(read_datatype(floating(16, 112, 11, 52)).is_number()); }

TEST(Datatype, NestedInItselfIsRefused) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += std::string("\x18\0\0\0\x01\0\0\0", 8);
    EXPECT_EQ(error_text([&] { read_datatype(bytes); }),
              "m.h5: /x: damaged at byte 24: a type nested in too many others");
}

TEST(Datatype, ThatEndsTooEarlyIsRefused) {
    const std::string whole = floating(4, 23, 8, 23);
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_THROW(read_datatype(whole.substr(0, size)), FileError) << size;
}

}  // namespace
}  // namespace markhor::formats::h5
