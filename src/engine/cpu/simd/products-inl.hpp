// Small products of matrices held in registers, once for each instruction set: what the convolutions are made of.
// Included after hwy/foreach_target.h.

// Include guard of Highway's per-target kind.
#if defined(MARKHOR_CPU_SIMD_PRODUCTS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef MARKHOR_CPU_SIMD_PRODUCTS_INL_HPP
#undef MARKHOR_CPU_SIMD_PRODUCTS_INL_HPP
#else
#define MARKHOR_CPU_SIMD_PRODUCTS_INL_HPP
#endif

#include <algorithm>
#include <type_traits>
#include <utility>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {

// Rows of a product held in registers: with two vectors a row, twice as many accumulators, and room for the operands.
#if HWY_TARGET <= HWY_AVX3
inline constexpr int product_rows = 12;
#else
inline constexpr int product_rows = 6;
#endif

/// Columns of a product: two vectors.
inline std::int64_t product_columns() { return 2 * lanes(); }

/// Calls f(0), f(1), … f(count - 1) with constants, so that arrays of vectors they index become registers.
template <int... i, class F>
HWY_INLINE void unrolled(std::integer_sequence<int, i...>, const F& f) {
    (f(std::integral_constant<int, i>()), ...);
}
template <int count, class F>
HWY_INLINE void unrolled(const F& f) {
    unrolled(std::make_integer_sequence<int, count>(), f);
}

/// What a product asks the memory for while it computes, so that the next one finds it in the second cache: `step`
/// floats for each of its steps. A processor guesses this by itself for one stream, but only once it is being read.
struct Ahead {
    const float* from = nullptr;
    std::int64_t step = 0;

    /// The next one of the products of equally many rows that share `floats` from `from` on, `inner` steps each.
    static Ahead share(const float* from, std::int64_t floats, std::int64_t inner, std::int64_t products) {
        constexpr std::int64_t least = 4;  // several steps to a cache line cost nothing
        return {from, std::max(least, (floats / inner + products - 1) / products)};
    }
    Ahead after(std::int64_t steps) const { return {from + steps * step, step}; }
};

/// Calls f(count) with a constant, count from 1 to most.
template <int most, class F>
HWY_INLINE void with_constant(std::int64_t count, const F& f) {
    if (count == most) {
        f(std::integral_constant<int, most>());
    } else if constexpr (most > 1) {
        with_constant<most - 1>(count, f);
    }
}

/// Calls f(first, count) with a constant count, at most `most`, for parts of [0, count) of about equal length.
template <int most, class F>
HWY_INLINE void in_even_parts(std::int64_t count, const F& f) {
    std::int64_t parts = (count + most - 1) / most;
    for (std::int64_t first = 0; parts > 0; --parts) {
        const std::int64_t next = parts == 1 ? count - first : (count - first) / parts;
        with_constant<most>(next, [&](auto some) HWY_ATTR { f(first, some); });
        first += next;
    }
}

/// finish(row, left, right) with the two vectors of each row of the sum of a[s] b[s] over `segments` pairs of matrices:
/// a[s] (rows, inner) has rows `a_row` floats apart, the b[s] (inner, 2 vectors) follow one another. With one vector
/// finish(row, vector).
template <int rows, bool asks_ahead = false, int vectors = 2, class Finish>
HWY_INLINE void product(std::int64_t segments, std::int64_t inner, const float* const* a, std::int64_t a_row,
                        const float* HWY_RESTRICT b, const Finish& finish, Ahead ahead = {}) {
    const Floats d;
    const std::int64_t width = lanes();
    FloatVector left[rows], right[rows];  // arrays of constant indices alone become registers
    unrolled<rows>([&](auto i) HWY_ATTR { left[i] = right[i] = hn::Zero(d); });
    for (std::int64_t segment = 0; segment < segments; ++segment) {
        const float* HWY_RESTRICT from = a[segment];
        for (std::int64_t k = 0; k < inner; ++k, b += vectors * width) {
            if constexpr (asks_ahead) {
                __builtin_prefetch(ahead.from, 0, 2);
                ahead.from += ahead.step;
            }
            const FloatVector b_left = hn::LoadU(d, b), b_right = hn::LoadU(d, b + (vectors - 1) * width);
            unrolled<rows>([&](auto i) HWY_ATTR {
                const FloatVector factor = hn::Set(d, from[i * a_row + k]);
                left[i] = hn::MulAdd(factor, b_left, left[i]);
                if constexpr (vectors == 2) right[i] = hn::MulAdd(factor, b_right, right[i]);
            });
        }
    }
    unrolled<rows>([&](auto i) HWY_ATTR {
        if constexpr (vectors == 2) {
            finish(static_cast<std::int64_t>(i), left[i], right[i]);
        } else {
            finish(static_cast<std::int64_t>(i), left[i]);
        }
    });
}

/// How many pairs of matrices of equal sizes follow one another, and how many floats apart.
struct Repeats {
    std::int64_t count = 1, a = 0, b = 0;
};

/// c (rows, vectors) += a' b over `inner` rows of a (inner, rows…) and b (inner, vectors…), and of what follows them.
template <int rows, int vectors = 2>
HWY_INLINE void outer_product(std::int64_t inner, const float* HWY_RESTRICT a, std::int64_t a_row,
                              const float* HWY_RESTRICT b, std::int64_t b_row, float* HWY_RESTRICT c,
                              std::int64_t c_row, Repeats repeats = {}) {
    const Floats d;
    const std::int64_t width = lanes();
    FloatVector left[rows], right[rows];
    unrolled<rows>([&](auto i) HWY_ATTR {
        left[i] = hn::LoadU(d, c + i * c_row);
        if constexpr (vectors == 2) right[i] = hn::LoadU(d, c + i * c_row + width);
    });
    for (std::int64_t repeat = 0; repeat < repeats.count; ++repeat) {
        const float* HWY_RESTRICT from = a + repeat * repeats.a;
        const float* HWY_RESTRICT with = b + repeat * repeats.b;
        for (std::int64_t k = 0; k < inner; ++k, from += a_row, with += b_row) {
            const FloatVector b_left = hn::LoadU(d, with), b_right = hn::LoadU(d, with + (vectors - 1) * width);
            unrolled<rows>([&](auto i) HWY_ATTR {
                const FloatVector factor = hn::Set(d, from[i]);
                left[i] = hn::MulAdd(factor, b_left, left[i]);
                if constexpr (vectors == 2) right[i] = hn::MulAdd(factor, b_right, right[i]);
            });
        }
    }
    unrolled<rows>([&](auto i) HWY_ATTR {
        hn::StoreU(left[i], d, c + i * c_row);
        if constexpr (vectors == 2) hn::StoreU(right[i], d, c + i * c_row + width);
    });
}

}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
