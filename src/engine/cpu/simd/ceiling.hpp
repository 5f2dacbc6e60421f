// What the processor's arithmetic units can do at best.
#pragma once

#include <cstdint>

namespace markhor::cpu {

/// Runs so many rounds of independent multiply-adds in registers; returns the floating-point operations done. The
/// result goes to `sink` so that nothing is optimised away.
double multiply_add_rounds(std::int64_t rounds, float* sink);

}  // namespace markhor::cpu
