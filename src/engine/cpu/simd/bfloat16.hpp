// Vectorised conversions between float32 and bfloat16.
#pragma once

#include <cstdint>

#include "core/bfloat16.hpp"

namespace markhor::cpu {

void widen(std::int64_t n, const BFloat16* from, float* to);
/// To nearest, ties to even.
void round(std::int64_t n, const float* from, BFloat16* to);

}  // namespace markhor::cpu
