// Chains of multiply-adds, enough to keep both units of a core busy, for each instruction set.
#include "engine/cpu/simd/ceiling.hpp"

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/ceiling.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

double rounds_here(std::int64_t rounds, float* sink) {
    constexpr int chains = 12;
    const Floats d;
    FloatVector sums[chains];
    const FloatVector factor = hn::Set(d, sink[0]), term = hn::Set(d, sink[1]);
    unrolled<chains>([&](auto i) HWY_ATTR { sums[i] = hn::Set(d, static_cast<float>(i)); });
    for (std::int64_t round = 0; round < rounds; ++round) {
        unrolled<chains>([&](auto i) HWY_ATTR { sums[i] = hn::MulAdd(sums[i], factor, term); });
    }
    FloatVector total = hn::Zero(d);
    unrolled<chains>([&](auto i) HWY_ATTR { total = hn::Add(total, sums[i]); });
    sink[0] = hn::GetLane(total);
    return 2.0 * chains * static_cast<double>(lanes()) * static_cast<double>(rounds);
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(rounds_here);

double multiply_add_rounds(std::int64_t rounds, float* sink) { return HWY_DYNAMIC_DISPATCH(rounds_here)(rounds, sink); }

}  // namespace markhor::cpu
#endif  // HWY_ONCE
