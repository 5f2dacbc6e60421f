// Products of many rows with weights that were packed once: convolutions by 1x1 windows.
#pragma once

#include <cstdint>

#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

struct PointwiseSizes {
    std::int64_t inner = 0, columns = 0;
};

/// Columns of a panel of the packed weights.
std::int64_t pointwise_panel();
/// Floats of the packed weights.
std::int64_t pointwise_floats(const PointwiseSizes& sizes);
/// Panels [first, last) of w (inner, columns).
void pointwise_pack(const PointwiseSizes& sizes, std::int64_t first, std::int64_t last, const float* w, float* packed);

/// y = clamp(x w [+ bias] [+ added]) for `rows` rows of x (inner), y and added (columns), each dense, and panels
/// [first, last). bias and added may be null; added may be y.
void pointwise(const PointwiseSizes& sizes, std::int64_t rows, std::int64_t first, std::int64_t last, const float* x,
               const float* packed, const float* bias, const float* added, const Clamp& clamp, float* y);

}  // namespace markhor::cpu
