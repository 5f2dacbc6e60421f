// Softmax and its gradient over one row, vectorised.
#pragma once

#include <cstdint>

namespace markhor::cpu {

/// y = exp(x - maximum) (y may be x, or null) and the sum of it.
double shifted_exp(std::int64_t n, const float* x, float maximum, float* y);
/// y *= factor.
void scale(std::int64_t n, float factor, float* y);
/// y = x - offset.
void subtract(std::int64_t n, const float* x, float offset, float* y);
/// The sum of x[i] y[i].
double dot(std::int64_t n, const float* x, const float* y);
/// dx = y (dy - sum), or with `log` dy - exp(y) sum.
void softmax_gradient(std::int64_t n, bool log, const float* dy, const float* y, float sum, float* dx);

}  // namespace markhor::cpu
