// The product of two small matrices where they lie: copying one of them first, as a library does, would take as long.
#pragma once

#include <cstdint>

#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

/// A matrix seen through the distances between its rows and its columns, floats.
struct Strided {
    const float* data = nullptr;
    std::int64_t row = 0, column = 0;
};

/// c (rows, columns) = a (rows, inner) b (inner, columns); b and c are whole matrices of so many columns.
void small_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, const Strided& a, const float* b,
                   float* c);

/// to[i] = clamp(the sum of `parts` arrays `step` floats apart, + bias) for the elements [first, last) of a matrix of
/// rows of `columns`; bias may be null.
void add_parts(std::int64_t first, std::int64_t last, std::int64_t columns, const float* from, std::int64_t parts,
               std::int64_t step, const float* bias, const Clamp& clamp, float* to);

}  // namespace markhor::cpu
