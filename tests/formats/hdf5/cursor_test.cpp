#include "formats/hdf5/cursor.hpp"

#include <gtest/gtest.h>

#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

const std::string where = "m.h5: /x";

TEST(Cursor, ReadsLittleEndianNumbersOfAnyWidth) {
    const std::string bytes("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 10);
    Cursor cursor(as_bytes(bytes), 0, {}, where);
    EXPECT_EQ(cursor.u8(), 1);
    EXPECT_EQ(cursor.u16(), 0x0302);
    EXPECT_EQ(cursor.number(3), 0x060504U);
    EXPECT_EQ(cursor.u32(), 0x0a090807U);
    EXPECT_EQ(cursor.left(), 0U);
}

TEST(Cursor, KnowsAnAddressThatLeadsNowhereInEachWidth) {
    const std::string bytes(8, '\xff');
    for (const std::size_t width : {2U, 4U, 8U}) {
        Cursor cursor(as_bytes(bytes), 0, {.address = width}, where);
        EXPECT_EQ(cursor.address(), undefined_address);
        EXPECT_EQ(cursor.left(), 8 - width);
    }
}

TEST(Cursor, RefusesToReadBeyondItsEndAndSaysWhere) {
    const std::string bytes = "TREE";
    Cursor cursor(as_bytes(bytes), 96, {}, where);
    cursor.skip(2);
    EXPECT_EQ(error_text([&] { cursor.u32(); }), "m.h5: /x: damaged at byte 98: 4 bytes are wanted here; 2 are left");
    EXPECT_EQ(error_text([&] { cursor.part(~std::uint64_t{0}); }),
              "m.h5: /x: damaged at byte 98: 18446744073709551615 bytes are wanted here; 2 are left");
    EXPECT_EQ(cursor.left(), 2U);
}

TEST(Cursor, SaysWhichSignatureCameAndWhichIsWanted) {
    const std::string bytes("HE\0P", 4);
    Cursor cursor(as_bytes(bytes), 800, {}, where);
    EXPECT_EQ(error_text([&] { cursor.signature("HEAP"); }),
              "m.h5: /x: damaged at byte 800: 'HEAP' is wanted here; 'HE.P' came");
}

TEST(SaturatingProduct, StaysAtTheLargestNumber) {
    EXPECT_EQ(saturating_product(3, 4), 12U);
    EXPECT_EQ(saturating_product(0, ~std::uint64_t{0}), 0U);
    EXPECT_EQ(saturating_product(std::uint64_t{1} << 32, std::uint64_t{1} << 32), ~std::uint64_t{0});
}

}  // namespace
}  // namespace markhor::formats::h5
