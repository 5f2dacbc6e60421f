// Average pooling of images of few channels over windows that lie side by side, and its gradient: where each window is
// so little work, finding out what it covers would cost more. Units of work are those of simd/pooling.hpp.
#pragma once

#include "engine/cpu/simd/pooling.hpp"

namespace markhor::cpu {

/// Whether these kernels compute such a pooling, and faster than the general ones.
bool pools_tiles(const PoolingSizes& sizes);

void average_tiles(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y);
void average_tiles_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                            const float* dy, float* dx);

}  // namespace markhor::cpu
