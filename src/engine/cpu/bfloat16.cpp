#include "engine/cpu/bfloat16.hpp"

namespace markhor::cpu {

void widen_all(std::int64_t count, const BFloat16* from, float* to) {
    parallel_for(count, grain,
                 [&](std::int64_t begin, std::int64_t end) { widen(end - begin, from + begin, to + begin); });
}

void round_all(std::int64_t count, const float* from, BFloat16* to) {
    parallel_for(count, grain,
                 [&](std::int64_t begin, std::int64_t end) { round(end - begin, from + begin, to + begin); });
}

}  // namespace markhor::cpu
