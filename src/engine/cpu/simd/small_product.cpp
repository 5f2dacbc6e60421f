// Small products, for each instruction set.
#include "engine/cpu/simd/small_product.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/small_product.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

// Some rows of one or two vectors of columns, the last of which may be part of one. Not inline: what the caller holds
// in registers would be in the way of the sums.
template <int rows, class Load, class Store>
HWY_NOINLINE void block(std::int64_t inner, std::int64_t columns, const Strided& a, const float* b, float* c, bool two,
                        const Load& load, const Store& store) {
    V left[rows], right[rows];
    unrolled<rows>([&](auto i) HWY_ATTR { left[i] = right[i] = number(0.0); });
    const float* from = a.data;
    const std::int64_t row = a.row, next = a.column;
    if (two) {
        for (std::int64_t k = 0; k < inner; ++k, from += next, b += columns) {
            const V b_left = load_whole(b), b_right = load(b + lanes());
            unrolled<rows>([&](auto i) HWY_ATTR {
                const V factor = number(from[i * row]);
                left[i] = hn::MulAdd(factor, b_left, left[i]);
                right[i] = hn::MulAdd(factor, b_right, right[i]);
            });
        }
        unrolled<rows>([&](auto i) HWY_ATTR {
            store_whole(left[i], c + i * columns);
            store(right[i], c + i * columns + lanes());
        });
    } else {
        for (std::int64_t k = 0; k < inner; ++k, from += next, b += columns) {
            const V b_left = load(b);
            unrolled<rows>([&](auto i) HWY_ATTR { left[i] = hn::MulAdd(number(from[i * row]), b_left, left[i]); });
        }
        unrolled<rows>([&](auto i) HWY_ATTR { store(left[i], c + i * columns); });
    }
}

void product_of(std::int64_t rows, std::int64_t inner, std::int64_t columns, const Strided& a, const float* b,
                float* c) {
    for (std::int64_t column = 0; column < columns; column += product_columns()) {
        const std::int64_t left = columns - column;
        const bool two = left > lanes();
        const std::int64_t last = std::min(lanes(), two ? left - lanes() : left);  // columns of the last vector
        in_even_parts<product_rows>(rows, [&](std::int64_t row, auto some) HWY_ATTR {
            const Strided from{a.data + row * a.row, a.row, a.column};
            float* const to = c + row * columns + column;
            if (last == lanes()) {
                block<some>(
                    inner, columns, from, b + column, to, two, [](const float* p) HWY_ATTR { return load_whole(p); },
                    [](V v, float* p) HWY_ATTR { store_whole(v, p); });
            } else {
                block<some>(
                    inner, columns, from, b + column, to, two,
                    [last](const float* p) HWY_ATTR { return load_part(p, last); },
                    [last](V v, float* p) HWY_ATTR { store_part(v, p, last); });
            }
        });
    }
}

void add_parts_of(std::int64_t first, std::int64_t last, std::int64_t columns, const float* from, std::int64_t parts,
                  std::int64_t step, const float* bias, const Clamp& clamp, float* to) {
    const V low = number(clamp.low), high = number(clamp.high);
    for (std::int64_t at = first; at < last;) {
        const std::int64_t column = at % columns, count = std::min(columns - column, last - at);
        for_vectors(count, [&](std::int64_t i, const auto& load, const auto& store) HWY_ATTR {
            V sum = load(from + at + i);
            for (std::int64_t part = 1; part < parts; ++part) sum = hn::Add(sum, load(from + part * step + at + i));
            if (bias != nullptr) sum = hn::Add(sum, load(bias + column + i));
            store(clamped(sum, low, high), to + at + i);
        });
        at += count;
    }
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(product_of);
HWY_EXPORT(add_parts_of);

void small_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, const Strided& a, const float* b,
                   float* c) {
    HWY_DYNAMIC_DISPATCH(product_of)(rows, inner, columns, a, b, c);
}
void add_parts(std::int64_t first, std::int64_t last, std::int64_t columns, const float* from, std::int64_t parts,
               std::int64_t step, const float* bias, const Clamp& clamp, float* to) {
    HWY_DYNAMIC_DISPATCH(add_parts_of)(first, last, columns, from, parts, step, bias, clamp, to);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
