// What the simd/*.cpp share, once for each instruction set: loads and stores of parts of a vector, walks over arrays,
// and Highway's exp, log and tanh made safe outside the ranges they are valid on. Included after hwy/foreach_target.h.

// Include guard of Highway's per-target kind.
#if defined(MARKHOR_CPU_SIMD_VECTORS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef MARKHOR_CPU_SIMD_VECTORS_INL_HPP
#undef MARKHOR_CPU_SIMD_VECTORS_INL_HPP
#else
#define MARKHOR_CPU_SIMD_VECTORS_INL_HPP
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstdint>
#include <cstring>
#include <limits>

#include "core/bfloat16.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

inline std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(Floats())); }

/// The first `count` (less than a vector's) floats, zeros after them; touches no memory beyond.
inline FloatVector load_part(const float* from, std::int64_t count) {
    const Floats d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
    return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, from);
#else
    HWY_ALIGN float buffer[hn::MaxLanes(d)] = {};
    for (std::int64_t i = 0; i < count; ++i) buffer[i] = from[i];
    return hn::Load(d, buffer);
#endif
}

inline void store_part(FloatVector v, float* to, std::int64_t count) {
    const Floats d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
    hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, to);
#else
    HWY_ALIGN float buffer[hn::MaxLanes(d)];
    hn::Store(v, d, buffer);
    for (std::int64_t i = 0; i < count; ++i) to[i] = buffer[i];
#endif
}

inline FloatVector load_whole(const float* from) { return hn::LoadU(Floats(), from); }
inline void store_whole(FloatVector v, float* to) { hn::StoreU(v, Floats(), to); }

// bfloat16 is the upper half of a float.
using Halves = hn::Rebind<std::uint16_t, Floats>;
using FloatBits = hn::RebindToUnsigned<Floats>;
inline FloatVector widened(hn::Vec<Halves> halves) {
    return hn::BitCast(Floats(), hn::ShiftLeft<16>(hn::PromoteTo(FloatBits(), halves)));
}
/// To nearest, ties to even; a NaN stays one.
inline hn::Vec<Halves> rounded(FloatVector v) {
    const FloatBits d;
    const auto bits = hn::BitCast(d, v);
    const auto upper = hn::ShiftRight<16>(bits);
    const auto half = hn::Add(hn::Set(d, 0x7fffU), hn::And(upper, hn::Set(d, 1U)));
    const auto nearest = hn::ShiftRight<16>(hn::Add(bits, half));
    const auto is_nan = hn::RebindMask(d, hn::IsNaN(v));
    const auto result = hn::IfThenElse(is_nan, hn::Or(upper, hn::Set(d, 0x40U)), nearest);
    return hn::DemoteTo(Halves(), hn::BitCast(hn::RebindToSigned<Floats>(), result));
}
inline FloatVector load_whole(const BFloat16* from) {
    return widened(hn::LoadU(Halves(), reinterpret_cast<const std::uint16_t*>(from)));
}
inline void store_whole(FloatVector v, BFloat16* to) {
    hn::StoreU(rounded(v), Halves(), reinterpret_cast<std::uint16_t*>(to));
}
inline FloatVector load_part(const BFloat16* from, std::int64_t count) {
    HWY_ALIGN std::uint16_t buffer[HWY_MAX(8, hn::MaxLanes(Halves()))] = {};
    for (std::int64_t i = 0; i < count; ++i) buffer[i] = from[i].bits();
    return widened(hn::Load(Halves(), buffer));
}
inline void store_part(FloatVector v, BFloat16* to, std::int64_t count) {
    HWY_ALIGN std::uint16_t buffer[HWY_MAX(8, hn::MaxLanes(Halves()))];
    hn::Store(rounded(v), Halves(), buffer);
    for (std::int64_t i = 0; i < count; ++i) reinterpret_cast<std::uint16_t*>(to)[i] = buffer[i];
}

// Bytes, one beside each float of a vector, as 32-bit numbers.
using Bytes = hn::Rebind<std::uint8_t, Floats>;
using Ints = hn::RebindToSigned<Floats>;
using IntVector = hn::Vec<Ints>;
inline IntVector load_whole(const std::uint8_t* from) { return hn::PromoteTo(Ints(), hn::LoadU(Bytes(), from)); }
inline void store_whole(IntVector v, std::uint8_t* to) { hn::StoreU(hn::DemoteTo(Bytes(), v), Bytes(), to); }
inline IntVector load_part(const std::uint8_t* from, std::int64_t count) {
    HWY_ALIGN std::uint8_t buffer[HWY_MAX(16, hn::MaxLanes(Bytes()))] = {};
    std::memcpy(buffer, from, static_cast<std::size_t>(count));
    return hn::PromoteTo(Ints(), hn::LoadU(Bytes(), buffer));
}
inline void store_part(IntVector v, std::uint8_t* to, std::int64_t count) {
    HWY_ALIGN std::uint8_t buffer[HWY_MAX(16, hn::MaxLanes(Bytes()))];
    hn::StoreU(hn::DemoteTo(Bytes(), v), Bytes(), buffer);
    std::memcpy(to, buffer, static_cast<std::size_t>(count));
}

/// Calls step(i, load, store) over [0, n), where load(p) and store(v, p) read and write a whole vector of floats or
/// bfloat16 (or of bytes, as numbers), or at the end what is left of one.
template <class Step>
HWY_INLINE void for_vectors(std::int64_t n, const Step& step) {
    const std::int64_t width = lanes();
    std::int64_t i = 0;
    for (; i + width <= n; i += width) {
        step(
            i, [](const auto* p) HWY_ATTR { return load_whole(p); },
            [](auto v, auto* p) HWY_ATTR { store_whole(v, p); });
    }
    if (const std::int64_t rest = n - i; rest > 0) {
        step(
            i, [rest](const auto* p) HWY_ATTR { return load_part(p, rest); },
            [rest](auto v, auto* p) HWY_ATTR { store_part(v, p, rest); });
    }
}

inline FloatVector number(float value) { return hn::Set(Floats(), value); }
inline FloatVector number(double value) { return hn::Set(Floats(), static_cast<float>(value)); }

/// r, or NaN where x is NaN.
inline FloatVector keep_nan(FloatVector x, FloatVector r) { return hn::IfThenElse(hn::IsNaN(x), x, r); }

// Where one of two values is NaN, x86's minimum and maximum are the second; portable code takes the other one.
#define MARKHOR_MAX_TAKES_NUMBERS (HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128)

/// x within [low, high], NaN where x is NaN.
inline FloatVector clamped(FloatVector x, FloatVector low, FloatVector high) {
    const FloatVector inside = hn::Min(high, hn::Max(low, x));
    return MARKHOR_MAX_TAKES_NUMBERS ? keep_nan(x, inside) : inside;
}

/// The larger one, NaN where one is NaN.
inline FloatVector larger(FloatVector a, FloatVector b) {
    const FloatVector result = keep_nan(a, hn::Max(a, b));
    return MARKHOR_MAX_TAKES_NUMBERS ? keep_nan(b, result) : result;
}

/// Whether the maximum of what came before stays the maximum beside one more value: the first NaN does.
inline auto stays_maximum(FloatVector best, FloatVector value) { return hn::Or(hn::Ge(best, value), hn::IsNaN(best)); }

inline FloatVector exp(FloatVector x) {
    return keep_nan(x, hn::Exp(Floats(), hn::Min(x, number(104.0))));  // exp(89) is infinite already
}

inline FloatVector expm1(FloatVector x) { return keep_nan(x, hn::Expm1(Floats(), hn::Min(x, number(104.0)))); }

inline FloatVector log(FloatVector x) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const FloatVector inside = hn::Log(Floats(), x);
    const FloatVector above = hn::IfThenElse(hn::Eq(x, number(infinity)), x, inside);
    const FloatVector at_zero = hn::IfThenElse(hn::Eq(x, hn::Zero(Floats())), number(-infinity), above);
    return hn::IfThenElse(hn::Lt(x, hn::Zero(Floats())), hn::NaN(Floats()), keep_nan(x, at_zero));
}

/// a / b, where processors estimate 1 / b well by that and a step of Newton's; b neither tiny nor infinite.
inline FloatVector quotient(FloatVector a, FloatVector b) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
    const FloatVector estimate = hn::ApproximateReciprocal(b);
    return hn::Mul(a, hn::Mul(estimate, hn::NegMulAdd(b, estimate, number(2.0))));
#else
    return hn::Div(a, b);
#endif
}

/// A rational function (Eigen's, and so TensorFlow's), within 4e-7 of the value; limited where it reaches 1.
inline FloatVector tanh(FloatVector x) {
#if HWY_NATIVE_FMA
    constexpr double limit = 7.99881172180175781;
#else
    constexpr double limit = 7.90531110763549805;
#endif
    const FloatVector limited = clamped(x, number(-limit), number(limit));
    const FloatVector square = hn::Mul(limited, limited);
    FloatVector above = number(-2.76076847742355e-16);
    for (const double k : {2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08, 1.48572235717979e-05,
                           6.37261928875436e-04, 4.89352455891786e-03}) {
        above = hn::MulAdd(above, square, number(k));
    }
    FloatVector below = number(1.19825839466702e-06);
    for (const double k : {1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03}) {
        below = hn::MulAdd(below, square, number(k));
    }
    return clamped(quotient(hn::Mul(limited, above), below), number(-1.0), number(1.0));
}

/// log(1 + exp(x)).
inline FloatVector softplus(FloatVector x) {
    const FloatVector small = hn::Log1p(Floats(), exp(hn::Neg(hn::Abs(x))));
    return keep_nan(x, hn::Add(hn::Max(x, hn::Zero(Floats())), small));
}

inline FloatVector sigmoid(FloatVector x) {
    const FloatVector one = number(1.0);
    return hn::Div(one, hn::Add(one, exp(hn::Neg(x))));
}

}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
