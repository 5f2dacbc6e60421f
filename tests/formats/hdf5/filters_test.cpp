#include "formats/hdf5/filters.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "formats/hdf5/checksum.hpp"
#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

const std::string filters_where = "m.h5: /x";
const std::vector<Filter> deflate = {{Filter::Kind::deflate}};

Block packed(const std::string& text) {
    uLongf size = compressBound(text.size());
    Bytes bytes(size);
    compress(reinterpret_cast<Bytef*>(bytes.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size());
    bytes.resize(size);
    return {96, std::move(bytes)};
}

std::string text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

TEST(Filters, OfDeflateAreUndone) {
    const std::string text(3000, 'a');
    EXPECT_EQ(text_of(undo_filters(deflate, 0, packed(text), text.size(), filters_where)), text);
}

TEST(Filters, NeverUnpackMoreThanTheChunkHolds) {
    const Block bomb = packed(std::string(1 << 20, '\0'));
    EXPECT_EQ(error_text([&] { undo_filters(deflate, 0, bomb, 4096, filters_where); }),
              "m.h5: /x: damaged at byte 96: a chunk does not unpack to at most 4096 bytes");
    EXPECT_EQ(error_text([&] { undo_filters(deflate, 0, packed("abc"), 4096, filters_where); }),
              "m.h5: /x: damaged at byte 96: a chunk of 3 bytes; 4096 are wanted");
    EXPECT_EQ(error_text([&] { undo_filters(deflate, 0, packed("abc"), std::uint64_t{1} << 40, filters_where); }),
              "m.h5: /x: damaged at byte 96: a chunk of 11 bytes cannot unpack to 1099511627776");
}

TEST(Filters, OfADamagedStreamAreRefused) {
    Block damaged = packed("a text of some length, of which a byte will be another");
    damaged.bytes[10] ^= std::byte{0x55};
    EXPECT_THROW(undo_filters(deflate, 0, damaged, 54, filters_where), FileError);
    damaged.bytes.resize(8);
    EXPECT_THROW(undo_filters(deflate, 0, damaged, 54, filters_where), FileError);
    damaged.bytes.clear();
    EXPECT_THROW(undo_filters(deflate, 0, damaged, 54, filters_where), FileError);
}

TEST(Filters, ThatWereSkippedAreNotUndone) {
    const std::string plain = "abcd";
    const auto bytes = as_bytes(plain);
    EXPECT_EQ(text_of(undo_filters(deflate, 1, {0, Bytes(bytes.begin(), bytes.end())}, 4, filters_where)), plain);
}

TEST(Filters, OfShuffleLeaveWhatIsNoWholeElement) {
    const std::string shuffled = "adbecfg";
    const auto bytes = as_bytes(shuffled);
    const Block block = {0, Bytes(bytes.begin(), bytes.end())};
    EXPECT_EQ(text_of(undo_filters({{Filter::Kind::shuffle, 3}}, 0, block, 7, filters_where)), "abcdefg");
    EXPECT_EQ(text_of(undo_filters({{Filter::Kind::shuffle, ~std::uint64_t{0}}}, 0, block, 7, filters_where)),
              shuffled);
}

TEST(Filters, OfAChecksumCompareIt) {
    const std::vector<Filter> sum = {{Filter::Kind::fletcher32}};
    std::string text = "abcd";
    text.resize(8);
    put(text, 4, fletcher32(as_bytes("abcd")), 4);
    const auto bytes = as_bytes(text);
    Block block = {96, Bytes(bytes.begin(), bytes.end())};
    EXPECT_EQ(text_of(undo_filters(sum, 0, block, 4, filters_where)), "abcd");
    block.bytes[0] = std::byte{'x'};
    EXPECT_EQ(error_text([&] { undo_filters(sum, 0, block, 4, filters_where); }),
              "m.h5: /x: damaged at byte 96: a chunk's checksum is another");
    block.bytes.resize(3);
    EXPECT_THROW(undo_filters(sum, 0, block, 4, filters_where), FileError);
}

TEST(Filters, OfPlugInsAreRefusedByTheirNumber) {
    const std::string lzf("\x02\x01\x00\x7d\x00\x00\x00\x00\x00\x00", 10);
    Cursor cursor(as_bytes(lzf), 0, {}, filters_where);
    EXPECT_EQ(error_text([&] { read_filters(cursor); }),
              "m.h5: /x: a filter other than deflate, shuffle and fletcher32 (HDF5's number 32000)");
}

}  // namespace
}  // namespace markhor::formats::h5
