// How an arena's blocks are laid out: each is needed for a while only, so that many can lie in the same place.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace markhor::graph {

/// Bytes that are needed from one step to another, both included.
struct Block {
    std::size_t bytes = 0;
    int first = 0, last = 0;
};

/// Where each block begins, at whole cache lines, and the bytes of all together.
struct Layout {
    std::vector<std::size_t> offsets;
    std::size_t bytes = 0;
};

/// In the order of first steps, each at the lowest place that is free: what was used last is used again soon.
Layout first_fit(std::span<const Block> blocks);

/// The largest first (greedy by size: Pisarchyk & Lee, 2020, arXiv 2001.03288): fewer gaps.
Layout largest_first(std::span<const Block> blocks);

}  // namespace markhor::graph
