// Some rows of the matrix at a time, each a stream through memory, added to sums in the first cache; for each
// instruction set.
#include "engine/cpu/simd/few_rows.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/few_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

// y += a b for `depth` rows of b.
template <int depth>
HWY_INLINE void add_rows(std::int64_t rows, std::int64_t inner, std::int64_t columns, std::int64_t width,
                         const float* a, const float* b, float* y) {
    for_vectors(width, [=](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
        V right[depth];
        unrolled<depth>([&](auto k) HWY_ATTR { right[k] = load(b + k * columns + c); });
        for (std::int64_t row = 0; row < rows; ++row) {
            // Few long chains of sums: the rows of b first, then to what is there.
            V sum = hn::Mul(number(a[row * inner]), right[0]);
            unrolled<depth>([&](auto k) HWY_ATTR {
                if constexpr (k > 0) sum = hn::MulAdd(number(a[row * inner + k]), right[k], sum);
            });
            store(hn::Add(load(y + row * columns + c), sum), y + row * columns + c);
        }
    });
}

void run(std::int64_t rows, std::int64_t inner, std::int64_t columns, std::int64_t first, std::int64_t last,
         const float* a, const float* b, const float* bias, const Clamp& clamp, float* y) {
    constexpr int depth = 8;
    const std::int64_t width = last - first;
    for (std::int64_t row = 0; row < rows; ++row) std::fill_n(y + row * columns + first, width, 0.0F);
    std::int64_t k = 0;
    for (; k + depth <= inner; k += depth) {
        add_rows<depth>(rows, inner, columns, width, a + k, b + k * columns + first, y + first);
    }
    for (; k < inner; ++k) add_rows<1>(rows, inner, columns, width, a + k, b + k * columns + first, y + first);
    const V low = number(clamp.low), high = number(clamp.high);
    for (std::int64_t row = 0; row < rows; ++row) {
        float* const sums = y + row * columns + first;
        for_vectors(width, [=](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            const V shift = bias != nullptr ? load(bias + first + c) : number(0.0);
            store(clamped(hn::Add(load(sums + c), shift), low, high), sums + c);
        });
    }
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(run);

void few_rows_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, std::int64_t first,
                      std::int64_t last, const float* a, const float* b, const float* bias, const Clamp& clamp,
                      float* y) {
    HWY_DYNAMIC_DISPATCH(run)(rows, inner, columns, first, last, a, b, bias, clamp, y);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
