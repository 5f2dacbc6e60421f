#include "formats/hdf5/file.hpp"

#include <gtest/gtest.h>

#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

TEST(Hdf5File, WithoutASignatureIsNone) {
    EXPECT_EQ(error_text([] { OpenFile(""); }), "m.h5: no HDF5 file: its signature is missing");
    EXPECT_EQ(error_text([] { OpenFile(std::string(5000, 'x')); }), "m.h5: no HDF5 file: its signature is missing");
}

TEST(Hdf5File, ThatWasCutSaysHowMuchIsMissing) {
    const std::string bytes = recorded_bytes("superblock_0");
    EXPECT_EQ(error_text([&] { OpenFile(bytes.substr(0, 1000)); }),
              "m.h5: truncated: it has 1000 bytes; its superblock says " + std::to_string(bytes.size()));
}

TEST(Hdf5File, WhoseSuperblockEndsBeforeItsChecksumIsRefused) {
    std::string bytes = recorded_bytes("superblock_3").substr(0, 46);
    put(bytes, 28, bytes.size(), 8);  // what it says of the file's end
    EXPECT_EQ(error_text([&] { OpenFile{bytes}; }), "m.h5: damaged at byte 44: 4 bytes are wanted here; 2 are left");
}

TEST(Hdf5File, OfALaterVersionIsRefusedByIt) {
    std::string bytes = recorded_bytes("superblock_0");
    bytes[8] = 4;
    EXPECT_EQ(error_text([&] { OpenFile{bytes}; }), "m.h5: an HDF5 file of version 4; 0 to 3 are read");
}

TEST(Hdf5File, WithImpossibleWidthsIsRefused) {
    std::string bytes = recorded_bytes("superblock_0");
    bytes[13] = 3;
    EXPECT_EQ(error_text([&] { OpenFile{bytes}; }),
              "m.h5: damaged at byte 15: addresses of 3 and lengths of 8 bytes; 2, 4 or 8 are wanted");
}

TEST(Hdf5File, GivesNoBytesBeyondItsEnd) {
    OpenFile file(recorded_bytes("superblock_0"));
    const std::uint64_t size = file.get().size();
    EXPECT_TRUE(file.get().holds(size, 0));
    EXPECT_TRUE(file.get().holds(size - 8, 8));
    EXPECT_FALSE(file.get().holds(size - 8, 9));
    EXPECT_FALSE(file.get().holds(~std::uint64_t{0}, 2));
    EXPECT_FALSE(file.get().holds(8, ~std::uint64_t{0}));
    EXPECT_THROW(file.get().block(size - 8, 9, "m.h5"), FileError);
    EXPECT_THROW(file.get().block(undefined_address, 1, "m.h5"), FileError);
}

TEST(Hdf5File, IsNotReadOverAndOver) {
    OpenFile file(recorded_bytes("superblock_0"));
    EXPECT_EQ(error_text([&] {
                  for (int i = 0; i < 1000; ++i) file.get().spend(1 << 20, "m.h5: /x");
              }),
              "m.h5: /x: damaged: the file's structures refer to the same bytes over and over");
}

}  // namespace
}  // namespace markhor::formats::h5
