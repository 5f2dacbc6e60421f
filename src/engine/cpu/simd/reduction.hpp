// Vectorised sums, means and maxima of rows. Sums are floats over a few rows and doubles beyond, so that long ones stay
// exact to float's last bits.
#pragma once

#include <cstdint>

#include "core/bfloat16.hpp"

namespace markhor::cpu {

/// sums[c] = the sum of column c over dense rows.
void sum_rows(std::int64_t rows, std::int64_t channels, const float* x, double* sums);
/// y[c] = scale times the sum of column c.
void scaled_sum_rows(std::int64_t rows, std::int64_t channels, const float* x, double scale, float* y);
void scaled_sum_rows(std::int64_t rows, std::int64_t channels, const BFloat16* x, double scale, float* y);
/// y[c] = the maximum of column c (NaN where it holds one).
void max_rows(std::int64_t rows, std::int64_t channels, const float* x, float* y);
/// dx = dy[c] / (the count of x equal to y[c] in column c) where x equals y[c], else 0.
void max_rows_gradient(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* y,
                       float* dx);

double sum(std::int64_t n, const float* x);
/// The maximum (NaN where there is one).
float maximum(std::int64_t n, const float* x);

}  // namespace markhor::cpu
