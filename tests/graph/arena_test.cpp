#include "graph/arena.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/random.hpp"

namespace markhor::graph {
namespace {

std::vector<Block> random_blocks(std::uint64_t seed) {
    Random random(seed);
    const auto below = [&](int limit) { return static_cast<int>(random.uniform() * limit); };
    std::vector<Block> blocks;
    for (int i = 0; i < 60; ++i) {
        const int first = below(40);
        blocks.push_back({static_cast<std::size_t>(below(5) * below(1000)), first, first + below(8)});
    }
    return blocks;
}

// The most bytes that are needed at once: no layout takes fewer.
std::size_t needed_at_once(const std::vector<Block>& blocks) {
    std::size_t most = 0;
    for (int step = 0; step < 60; ++step) {
        std::size_t bytes = 0;
        for (const Block& block : blocks) {
            if (block.first <= step && step <= block.last) bytes += block.bytes;
        }
        most = std::max(most, bytes);
    }
    return most;
}

TEST(Arena, BlocksThatAreNeededAtOnceLieApartAtWholeCacheLines) {
    for (const auto lay_out : {first_fit, largest_first}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const auto blocks = random_blocks(seed);
            const Layout layout = lay_out(blocks);
            ASSERT_EQ(layout.offsets.size(), blocks.size());
            EXPECT_GE(layout.bytes, needed_at_once(blocks));
            for (std::size_t i = 0; i < blocks.size(); ++i) {
                EXPECT_EQ(layout.offsets[i] % 64, 0U);
                EXPECT_LE(layout.offsets[i] + blocks[i].bytes, layout.bytes);
                for (std::size_t k = 0; k < i; ++k) {
                    if (blocks[i].last < blocks[k].first || blocks[k].last < blocks[i].first) continue;
                    EXPECT_TRUE(layout.offsets[i] + blocks[i].bytes <= layout.offsets[k] ||
                                layout.offsets[k] + blocks[k].bytes <= layout.offsets[i])
                        << "blocks " << i << " and " << k << ", seed " << seed;
                }
            }
        }
    }
}

TEST(Arena, WhatWasUsedLastIsUsedAgain) {
    const std::vector<Block> blocks{{640, 0, 1}, {640, 1, 2}, {640, 2, 3}};
    EXPECT_EQ(first_fit(blocks).offsets, (std::vector<std::size_t>{0, 640, 0}));
}

TEST(Arena, TheLargestFirstLeavesNoGapThatALaterOneDoesNotFit) {
    // In the order of time the last block finds 64 bytes on either side of the second, and goes above all.
    const std::vector<Block> blocks{{64, 0, 1}, {64, 0, 3}, {64, 0, 1}, {128, 2, 3}};
    EXPECT_EQ(first_fit(blocks).bytes, 256U);
    EXPECT_EQ(largest_first(blocks).bytes, 192U);
}

}  // namespace
}  // namespace markhor::graph
