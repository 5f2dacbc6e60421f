// Vectorised parts of batch normalization over dense rows of channels: statistics, the gradient's sums, and the two
// passes that write. Values are float32 or bfloat16, all else float32.
#pragma once

#include <cstdint>

#include "core/bfloat16.hpp"

namespace markhor::cpu {

/// mean[c] and squares[c] = sum (x - mean[c])² of each column. Blocks that stay in cache are read twice, so memory is
/// read once and nothing cancels, however far the mean lies from 0.
void moments(std::int64_t rows, std::int64_t channels, const float* x, double* mean, double* squares);
void moments(std::int64_t rows, std::int64_t channels, const BFloat16* x, double* mean, double* squares);

/// dy_sum[c] = sum dy and product_sum[c] = sum dy (x - mean[c]).
void gradient_sums(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* mean,
                   double* dy_sum, double* product_sum);
void gradient_sums(std::int64_t rows, std::int64_t channels, const BFloat16* dy, const BFloat16* x, const float* mean,
                   double* dy_sum, double* product_sum);

/// y = (x - mean[c]) scale[c] + shift[c].
void normalize(std::int64_t rows, std::int64_t channels, const float* x, const float* mean, const float* scale,
               const float* shift, float* y);
void normalize(std::int64_t rows, std::int64_t channels, const BFloat16* x, const float* mean, const float* scale,
               const float* shift, BFloat16* y);

/// dx = dy_scale[c] dy + x_scale[c] (x - mean[c]) + shift[c].
void normalize_gradient(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* mean,
                        const float* dy_scale, const float* x_scale, const float* shift, float* dx);
void normalize_gradient(std::int64_t rows, std::int64_t channels, const BFloat16* dy, const BFloat16* x,
                        const float* mean, const float* dy_scale, const float* x_scale, const float* shift,
                        BFloat16* dx);

}  // namespace markhor::cpu
