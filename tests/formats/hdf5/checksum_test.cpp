#include "formats/hdf5/checksum.hpp"

#include <gtest/gtest.h>

#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

TEST(Lookup3, HasTheValuesOfItsAuthor) {
    EXPECT_EQ(lookup3({}), 0xdeadbeefU);
    EXPECT_EQ(lookup3(as_bytes("Four score and seven years ago")), 0x17770551U);
}

TEST(Fletcher32, FoldsItsSumsAsHdf5Does) {
    EXPECT_EQ(fletcher32({}), 0U);
    EXPECT_EQ(fletcher32(as_bytes("ab")), 0x61626162U);
    EXPECT_EQ(fletcher32(as_bytes("abc")), 0x25c5c462U);       // 'c' as the high byte of one more number
    EXPECT_EQ(fletcher32(as_bytes("\xff\xff")), 0xffffffffU);  // 65535, which is not 0
}

TEST(Checksum, ThatIsAnotherIsRefused) {
    std::string bytes = recorded_bytes("superblock_3");
    EXPECT_NO_THROW(OpenFile(bytes).root());
    bytes[40] ^= 1;
    EXPECT_EQ(error_text([&] { OpenFile{bytes}; }), "m.h5: damaged at byte 0: its checksum is another");
}

TEST(Checksum, OfAnObjectHeaderIsCompared) {
    std::string bytes = recorded_bytes("superblock_3");
    bytes[bytes.rfind("OHDR") + 20] ^= 1;
    const std::string error = error_text([&] { OpenFile(bytes).root().data("x"); });
    EXPECT_TRUE(error.ends_with(": its checksum is another")) << error;
}

}  // namespace
}  // namespace markhor::formats::h5
