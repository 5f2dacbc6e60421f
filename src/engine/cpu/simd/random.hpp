// Vectorised Philox4x32-10 (core/random.hpp), as dropout uses it.
#pragma once

#include <cstdint>

namespace markhor::cpu {

/// Which elements stay: those whose 24 random bits are at least `threshold`.
struct Draw {
    std::uint64_t key, stream;
    std::int32_t threshold;
};

/// y[i] = factor x[i] where element `first` + i of the stream stays, else 0. `first` is a multiple of 4.
void dropout(const Draw& draw, std::int64_t first, std::int64_t n, float factor, const float* x, float* y);
/// As dropout of ones: the noise itself.
void dropout_noise(const Draw& draw, std::int64_t first, std::int64_t n, float factor, float* noise);

}  // namespace markhor::cpu
