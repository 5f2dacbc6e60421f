// Orders of reading: as they come, drawn from a seed, or as NumPy would shuffle them.
#pragma once

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "core/random.hpp"

namespace markhor::data {

inline std::vector<std::int64_t> plain_order(std::int64_t count) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    return order;
}

/// 0, 1, … in a random order that depends only on the seed and the stream.
inline std::vector<std::int64_t> shuffled_order(std::int64_t count, std::uint64_t seed, std::uint64_t stream) {
    std::vector<std::int64_t> order = plain_order(count);
    Random random(seed, stream);
    for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
    return order;
}

/// numpy.random.RandomState(seed).shuffle of a list: MT19937, and from the end down a number below a mask until one
/// fits.
inline std::vector<std::int64_t> numpy_shuffle(std::int64_t size, std::uint32_t seed) {
    std::vector<std::int64_t> order = plain_order(size);
    std::mt19937 random(seed);
    for (std::uint32_t i = static_cast<std::uint32_t>(order.size()); i-- > 1;) {
        std::uint32_t mask = i;
        for (const unsigned shift : {1U, 2U, 4U, 8U, 16U}) mask |= mask >> shift;
        std::uint32_t chosen = 0;
        do {
            chosen = static_cast<std::uint32_t>(random()) & mask;
        } while (chosen > i);
        std::swap(order[i], order[chosen]);
    }
    return order;
}

}  // namespace markhor::data
