// Orders of reading: as they come, drawn from a seed and an epoch, or as NumPy would shuffle them.
#pragma once

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "core/random.hpp"

namespace markhor::data {

inline std::vector<std::int64_t> in_order(std::int64_t size) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(size));
    std::iota(order.begin(), order.end(), 0);
    return order;
}

/// The same for the same seed and epoch.
inline std::vector<std::int64_t> permutation(std::int64_t size, std::uint64_t seed, std::int64_t epoch) {
    std::vector<std::int64_t> order = in_order(size);
    Random random(seed, static_cast<std::uint64_t>(epoch));
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

/// numpy.random.RandomState(seed).shuffle of a list: MT19937, and from the end down a number below a mask until one
/// fits.
inline std::vector<std::int64_t> numpy_shuffle(std::int64_t size, std::uint32_t seed) {
    std::vector<std::int64_t> order = in_order(size);
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
