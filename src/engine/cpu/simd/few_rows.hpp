// Products of a few rows with a large matrix: what a dense layer does for a few images. The matrix is read once, as it
// lies in memory.
#pragma once

#include <cstdint>

#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

/// Columns [first, last) of y = clamp(a b [+ bias]): a (rows, inner), b (inner, columns), all dense. bias may be null.
void few_rows_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, std::int64_t first,
                      std::int64_t last, const float* a, const float* b, const float* bias, const Clamp& clamp,
                      float* y);

}  // namespace markhor::cpu
