#include "graph/arena.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "graph/engine.hpp"

namespace markhor::graph {
namespace {

// An empty block has an address too.
std::size_t rounded(std::size_t bytes) { return whole_lines(std::max<std::size_t>(bytes, 1)); }

// Places blocks in this order, each in the first gap between those placed before that are needed at the same time.
Layout laid_out(std::span<const Block> blocks, std::span<const std::size_t> order) {
    Layout layout;
    layout.offsets.resize(blocks.size());
    std::vector<std::size_t> placed;  // by offset
    for (const std::size_t index : order) {
        const Block& block = blocks[index];
        const std::size_t bytes = rounded(block.bytes);
        std::size_t at = 0;
        for (const std::size_t other : placed) {
            if (blocks[other].last < block.first || block.last < blocks[other].first) continue;
            if (layout.offsets[other] >= at + bytes) break;
            at = std::max(at, layout.offsets[other] + rounded(blocks[other].bytes));
        }
        layout.offsets[index] = at;
        layout.bytes = std::max(layout.bytes, at + bytes);
        const auto next = std::ranges::upper_bound(placed, at, {}, [&](std::size_t i) { return layout.offsets[i]; });
        placed.insert(next, index);
    }
    return layout;
}

std::vector<std::size_t> indices(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

}  // namespace

Layout first_fit(std::span<const Block> blocks) {
    std::vector<std::size_t> order = indices(blocks.size());
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return blocks[i].first; });
    return laid_out(blocks, order);
}

Layout largest_first(std::span<const Block> blocks) {
    std::vector<std::size_t> order = indices(blocks.size());
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return blocks[i].bytes; });
    return laid_out(blocks, order);
}

}  // namespace markhor::graph
