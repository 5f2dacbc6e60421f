// Products of rows and packed panels in registers, for each instruction set.
#include "engine/cpu/simd/pointwise.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/pointwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

std::int64_t panel() { return product_columns(); }

// The floats of a panel's row: a last panel of one vector's columns is packed as one vector.
std::int64_t panel_width(std::int64_t columns) { return columns <= lanes() ? lanes() : product_columns(); }

std::int64_t packed_floats(const PointwiseSizes& s) {
    const std::int64_t whole = s.columns / product_columns() * product_columns();
    return s.inner * (whole + (s.columns > whole ? panel_width(s.columns - whole) : 0));
}

void pack(const PointwiseSizes& s, std::int64_t first, std::int64_t last, const float* w, float* packed) {
    for (std::int64_t p = first; p < last; ++p) {
        const std::int64_t column = p * product_columns();
        const std::int64_t real = std::min(product_columns(), s.columns - column);
        const std::int64_t width = panel_width(real);
        float* to = packed + column * s.inner;
        for (std::int64_t k = 0; k < s.inner; ++k, to += width) {
            std::copy_n(w + k * s.columns + column, real, to);
            std::fill(to + real, to + width, 0.0F);
        }
    }
}

// One panel of `vectors` vectors, of which `real` columns exist, for `rows` rows.
struct Panel {
    std::int64_t inner, columns, real;
    const float* packed;
    const float* bias;
    const float* added;
    Clamp clamp;
    Ahead ahead;  // the panel that comes next
};

template <int rows, int vectors>
HWY_INLINE void multiply(const Panel& p, const float* HWY_RESTRICT x, const float* added, Ahead ahead, float* y) {
    const Floats d;
    V sums[rows * vectors];
    unrolled<rows * vectors>([&](auto i) HWY_ATTR { sums[i] = hn::Zero(d); });
    const float* HWY_RESTRICT b = p.packed;
    const std::int64_t inner = p.inner;
    for (std::int64_t k = 0; k < inner; ++k, b += vectors * lanes(), ahead.from += ahead.step) {
        __builtin_prefetch(ahead.from, 0, 2);
        V right[vectors];
        unrolled<vectors>([&](auto v) HWY_ATTR { right[v] = hn::LoadU(d, b + v * lanes()); });
        unrolled<rows>([&](auto i) HWY_ATTR {
            const V factor = hn::Set(d, x[i * inner + k]);
            unrolled<vectors>(
                [&](auto v) HWY_ATTR { sums[i * vectors + v] = hn::MulAdd(factor, right[v], sums[i * vectors + v]); });
        });
    }
    const V low = number(p.clamp.low), high = number(p.clamp.high);
    unrolled<vectors>([&](auto v) HWY_ATTR {
        const std::int64_t column = v * lanes();
        const std::int64_t count = std::min(lanes(), p.real - column);
        const auto finish = [&](const auto& load, const auto& store) HWY_ATTR {
            const V shift = p.bias != nullptr ? load(p.bias + column) : hn::Zero(d);
            unrolled<rows>([&](auto i) HWY_ATTR {
                V value = hn::Add(sums[i * vectors + v], shift);
                if (added != nullptr) value = hn::Add(value, load(added + i * p.columns + column));
                store(clamped(value, low, high), y + i * p.columns + column);
            });
        };
        if (count == lanes()) {
            finish([d](const float* from) HWY_ATTR { return hn::LoadU(d, from); },
                   [d](V value, float* to) HWY_ATTR { hn::StoreU(value, d, to); });
        } else {
            finish([count](const float* from) HWY_ATTR { return load_part(from, count); },
                   [count](V value, float* to) HWY_ATTR { store_part(value, to, count); });
        }
    });
}

template <int vectors>
void multiply_panel(const Panel& p, std::int64_t rows, const float* x, float* y) {
    constexpr int some_rows = product_rows == 12 ? 4 : 2;
    std::int64_t row = 0;
    Ahead ahead = p.ahead;
    const auto take = [&]<int count>(std::integral_constant<int, count>) HWY_ATTR {
        for (; row + count <= rows; row += count) {
            const std::int64_t at = row * p.columns;
            multiply<count, vectors>(p, x + row * p.inner, p.added != nullptr ? p.added + at : nullptr, ahead, y + at);
            ahead = ahead.after(p.inner);
        }
    };
    take(std::integral_constant<int, product_rows>());
    take(std::integral_constant<int, some_rows>());
    take(std::integral_constant<int, 1>());
}

void run(const PointwiseSizes& s, std::int64_t rows, std::int64_t first, std::int64_t last, const float* x,
         const float* packed, const float* bias, const float* added, const Clamp& clamp, float* y) {
    const std::int64_t products = (rows + product_rows - 1) / product_rows;
    for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t column = i * product_columns();
        const Panel p{s.inner,
                      s.columns,
                      std::min(product_columns(), s.columns - column),
                      packed + column * s.inner,
                      bias != nullptr ? bias + column : nullptr,
                      added != nullptr ? added + column : nullptr,
                      clamp,
                      Ahead::share(packed + (i + 1 < last ? i + 1 : first) * product_columns() * s.inner,
                                   product_columns() * s.inner, s.inner, products)};
        if (p.real <= lanes()) {
            multiply_panel<1>(p, rows, x, y + column);
        } else {
            multiply_panel<2>(p, rows, x, y + column);
        }
    }
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(panel);
HWY_EXPORT(packed_floats);
HWY_EXPORT(pack);
HWY_EXPORT(run);

std::int64_t pointwise_panel() { return HWY_DYNAMIC_DISPATCH(panel)(); }
std::int64_t pointwise_floats(const PointwiseSizes& sizes) { return HWY_DYNAMIC_DISPATCH(packed_floats)(sizes); }
void pointwise_pack(const PointwiseSizes& sizes, std::int64_t first, std::int64_t last, const float* w, float* packed) {
    HWY_DYNAMIC_DISPATCH(pack)(sizes, first, last, w, packed);
}
void pointwise(const PointwiseSizes& sizes, std::int64_t rows, std::int64_t first, std::int64_t last, const float* x,
               const float* packed, const float* bias, const float* added, const Clamp& clamp, float* y) {
    HWY_DYNAMIC_DISPATCH(run)(sizes, rows, first, last, x, packed, bias, added, clamp, y);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
