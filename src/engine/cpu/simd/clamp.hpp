// The epilogues that kernels apply in registers: limits from below and above.
#pragma once

#include <limits>

namespace markhor::cpu {

struct Clamp {
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();
};

}  // namespace markhor::cpu
