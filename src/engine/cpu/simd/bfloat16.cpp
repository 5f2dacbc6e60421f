// Conversions, for each instruction set.
#include "engine/cpu/simd/bfloat16.hpp"

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/bfloat16.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

template <class From, class To>
HWY_INLINE void convert(std::int64_t n, const From* from, To* to) {
    for_vectors(n,
                [=](std::int64_t i, const auto& load, const auto& store) HWY_ATTR { store(load(from + i), to + i); });
}

void widen(std::int64_t n, const BFloat16* from, float* to) { convert(n, from, to); }
void round(std::int64_t n, const float* from, BFloat16* to) { convert(n, from, to); }

void clamp_all(std::int64_t n, const Clamp& clamp, BFloat16* x) {
    const FloatVector low = number(clamp.low), high = number(clamp.high);
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store)
                       HWY_ATTR { store(clamped(load(x + i), low, high), x + i); });
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(widen);
HWY_EXPORT(round);
HWY_EXPORT(clamp_all);

void widen(std::int64_t n, const BFloat16* from, float* to) { HWY_DYNAMIC_DISPATCH(widen)(n, from, to); }
void round(std::int64_t n, const float* from, BFloat16* to) { HWY_DYNAMIC_DISPATCH(round)(n, from, to); }
void clamp_all(std::int64_t n, const Clamp& clamp, BFloat16* x) { HWY_DYNAMIC_DISPATCH(clamp_all)(n, clamp, x); }

}  // namespace markhor::cpu
#endif  // HWY_ONCE
