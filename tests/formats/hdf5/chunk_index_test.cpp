#include "formats/hdf5/chunk_index.hpp"

#include <gtest/gtest.h>

namespace markhor::formats::h5 {
namespace {

Dataspace space(std::vector<std::uint64_t> dims, std::vector<std::uint64_t> most) {
    return {false, std::move(dims), std::move(most)};
}

TEST(ChunkGrid, CountsChunksThatLiePartlyOutside) {
    const ChunkGrid grid(space({20, 9}, {20, 9}), {7, 4}, 112, false);
    EXPECT_EQ(grid.counts, (std::vector<std::uint64_t>{3, 3}));
    EXPECT_EQ(grid.count(), 9U);
}

TEST(ChunkGrid, NumbersChunksByTheLargestShapeThereMayBe) {
    const ChunkGrid grid(space({4, 4}, {4, 12}), {2, 2}, 16, false);
    std::vector<std::uint64_t> origin;
    ASSERT_TRUE(grid.origin_of(7, 0, origin));  // six a row
    EXPECT_EQ(origin, (std::vector<std::uint64_t>{2, 2}));
    EXPECT_FALSE(grid.origin_of(2, 0, origin));
    EXPECT_FALSE(grid.origin_of(12, 0, origin));
}

TEST(ChunkGrid, LetsTheAxisThatGrowsVarySlowest) {
    const ChunkGrid grid(space({4, 6}, {4, undefined_address}), {2, 2}, 16, false);
    std::vector<std::uint64_t> origin;
    ASSERT_TRUE(grid.origin_of(5, 1, origin));
    EXPECT_EQ(origin, (std::vector<std::uint64_t>{2, 4}));
    EXPECT_FALSE(grid.origin_of(6, 1, origin));
}

TEST(ChunkGrid, LeavesRoomForChunksThatFiltersMakeLarger) {
    EXPECT_EQ(ChunkGrid(space({1}, {1}), {1}, 1, true).size_width(), 2U);
    EXPECT_EQ(ChunkGrid(space({1}, {1}), {1}, 255, true).size_width(), 2U);
    EXPECT_EQ(ChunkGrid(space({1}, {1}), {1}, 256, true).size_width(), 3U);
    EXPECT_EQ(ChunkGrid(space({1}, {1}), {1}, std::uint64_t{1} << 60, true).size_width(), 8U);
}

}  // namespace
}  // namespace markhor::formats::h5
