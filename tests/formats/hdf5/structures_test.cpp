// Structures that refer to each other in ways that no library writes: circles, blocks that overlap, sizes beyond the
// file. Each ends with an error, soon and with little memory.
#include <gtest/gtest.h>

#include "formats/hdf5/support.hpp"

namespace markhor::formats::h5 {
namespace {

/// Where the first structure with the signature lies, from `from` on.
std::size_t place_of(const std::string& bytes, const std::string& signature, std::size_t from = 0) {
    return bytes.find(signature, from);
}

TEST(OlderTree, ThatMeetsItselfIsRefused) {
    std::string bytes = recorded_bytes("many_links_old");
    std::size_t root = place_of(bytes, "TREE");
    while (bytes[root + 5] == 0) root = place_of(bytes, "TREE", root + 1);  // the one above the leaves
    std::string circle = bytes;
    put(circle, root + 24 + 8, root, 8);
    const std::string meets = error_text([&] { OpenFile(circle).root(); });
    EXPECT_NE(meets.find(": a tree that meets the same node twice"), std::string::npos) << meets;
    bytes[root + 5] = 2;
    const std::string level = error_text([&] { OpenFile(bytes).root(); });
    EXPECT_NE(level.find(": a node of level 0; 1 is wanted"), std::string::npos) << level;
}

TEST(OlderHeader, ThatContinuesInItselfIsRefused) {
    std::string bytes = recorded_bytes("attributes_old");
    // The root's header lies behind the superblock; its continuation is made to be itself.
    const std::string continuation("\x10\0\x10\0", 4);
    const std::size_t message = place_of(bytes, continuation, 96);
    ASSERT_NE(message, std::string::npos);
    put(bytes, message + 8, 96 + 16, 8);
    bytes.replace(message + 16, 4, bytes, 96 + 8, 4);
    const std::string error = error_text([&] { OpenFile(bytes).root(); });
    EXPECT_NE(error.find(": its header is larger than the file"), std::string::npos) << error;
}

TEST(LocalHeap, LargerThanTheFileIsRefused) {
    std::string bytes = recorded_bytes("superblock_0");
    put(bytes, place_of(bytes, "HEAP") + 8, std::uint64_t{1} << 40, 8);
    const std::string error = error_text([&] { OpenFile(bytes).root(); });
    EXPECT_NE(error.find("1099511627776 bytes are wanted here; the file has"), std::string::npos) << error;
}

TEST(GlobalHeap, LargerThanTheFileIsRefused) {
    std::string bytes = recorded_bytes("attributes_old");
    put(bytes, place_of(bytes, "GCOL") + 8, std::uint64_t{1} << 40, 8);
    OpenFile file(bytes);
    const std::string error = error_text([&] { file.root().texts("list"); });
    EXPECT_NE(error.find("a collection of 1099511627776 bytes, more than the file can hold"), std::string::npos)
        << error;
}

TEST(Texts, OfTheWrongKindOrLengthAreRefusedByName) {
    OpenFile file(recorded_bytes("attributes_old"));
    EXPECT_EQ(error_text([&] { file.root().texts("number"); }), "m.h5: /: the attribute 'number': is no text");
    EXPECT_EQ(error_text([&] { file.root().text("text", 4); }),
              "m.h5: /: the attribute 'text': is longer than 4 bytes");
    EXPECT_EQ(error_text([&] { file.root().text("list", 100); }), "m.h5: /: the attribute 'list' is no single text");
    EXPECT_EQ(file.root().text("none", 100), std::nullopt);
}

TEST(Group, TakesNoPathForAName) {
    OpenFile file(recorded_bytes("groups_old"));
    for (const char* name : {"", ".", "a/b", "/a"}) EXPECT_THROW(file.root().has(name), FileError) << name;
    EXPECT_EQ(error_text([&] { file.root().group("none"); }), "m.h5: /none: missing; a group is wanted here");
    EXPECT_EQ(error_text([&] { file.root().group("a").group("b").group("c"); }),
              "m.h5: /a/b/c: a group is wanted here");
}

TEST(Chunks, ThatOverlapAreRefused) {
    std::string bytes = recorded_bytes("many_chunks_old");
    // Each leaf's chunk of the growing dataset is said to be as large as the file.
    std::size_t changed = 0;
    for (std::size_t tree = place_of(bytes, "TREE"); tree != std::string::npos;
         tree = place_of(bytes, "TREE", tree + 1)) {
        if (bytes[tree + 4] != 1 || bytes[tree + 5] != 0) continue;
        put(bytes, tree + 24, bytes.size() - 1, 4);
        ++changed;
    }
    ASSERT_GT(changed, 2U);
    OpenFile file(bytes);
    const std::string error = error_text([&] { file.root().data("fixed"); });
    EXPECT_NE(error.find("bytes, more than the file can hold"), std::string::npos) << error;
}

TEST(Data, ThatLieBeyondTheEndAreRefused) {
    std::string bytes = recorded_bytes("superblock_0");
    const std::string layout("\x03\x01", 2);  // contiguous: an address and the size of 5 x 7 floats
    std::string size(8, '\0');
    put(size, 0, 140, 8);
    const std::size_t at = place_of(bytes, size);
    ASSERT_EQ(bytes.substr(at - 10, 2), layout);
    put(bytes, at - 8, bytes.size() - 100, 8);
    OpenFile file(bytes);
    const Dataset data = file.root().data("x");
    Tensor tensor(data.shape(), DType::float32);
    EXPECT_EQ(error_text([&] { data.read(tensor); }),
              "m.h5: /x: damaged at byte " + std::to_string(bytes.size() - 100) +
                  ": 140 bytes are wanted here; the file has " + std::to_string(bytes.size()));
    put(bytes, at, 139, 8);
    EXPECT_EQ(error_text([&] { OpenFile(bytes).root().data("x"); }),
              "m.h5: /x: the shape (5, 7) needs 140 bytes; 139 are stored");
}

}  // namespace
}  // namespace markhor::formats::h5
