// Vectorised conversions between float32 and bfloat16, and limits of values in bfloat16.
#pragma once

#include <cstdint>

#include "core/bfloat16.hpp"
#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

void widen(std::int64_t n, const BFloat16* from, float* to);
/// To nearest, ties to even.
void round(std::int64_t n, const float* from, BFloat16* to);
/// x = clamp(x), in place; a NaN stays one.
void clamp_all(std::int64_t n, const Clamp& clamp, BFloat16* x);

}  // namespace markhor::cpu
