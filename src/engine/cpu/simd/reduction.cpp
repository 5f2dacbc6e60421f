// Sums and maxima of rows, for each instruction set.
#include "engine/cpu/simd/reduction.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/reduction.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

constexpr std::int64_t float_rows = 64;  // summed in float before the sum goes to double

// Calls finish(c, count, sums) for each few channels with the sums of their columns as doubles.
template <class T, class Finish>
HWY_INLINE void column_sums(std::int64_t rows, std::int64_t channels, const T* x, const Finish& finish) {
    const Floats d;
    const std::int64_t width = lanes();
    constexpr std::size_t most = 4 * hn::MaxLanes(d);
    HWY_ALIGN float part[most];
    double sums[most];
    std::int64_t c = 0;
    const auto flush = [&](std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) sums[i] += static_cast<double>(part[i]);
    };
    for (; c + 4 * width <= channels; c += 4 * width) {
        std::fill_n(sums, 4 * width, 0.0);
        for (std::int64_t first = 0; first < rows; first += float_rows) {
            V s0 = number(0.0), s1 = s0, s2 = s0, s3 = s0;
            const T* p = x + first * channels + c;
            for (std::int64_t r = first; r < std::min(first + float_rows, rows); ++r, p += channels) {
                s0 = hn::Add(s0, load_whole(p));
                s1 = hn::Add(s1, load_whole(p + width));
                s2 = hn::Add(s2, load_whole(p + 2 * width));
                s3 = hn::Add(s3, load_whole(p + 3 * width));
            }
            hn::Store(s0, d, part);
            hn::Store(s1, d, part + width);
            hn::Store(s2, d, part + 2 * width);
            hn::Store(s3, d, part + 3 * width);
            flush(4 * width);
        }
        finish(c, 4 * width, sums);
    }
    for_vectors(channels - c, [&](std::int64_t at, const auto& load, const auto&) HWY_ATTR {
        const std::int64_t count = std::min(width, channels - c - at);
        std::fill_n(sums, width, 0.0);
        for (std::int64_t first = 0; first < rows; first += float_rows) {
            V s = number(0.0);
            for (std::int64_t r = first; r < std::min(first + float_rows, rows); ++r) {
                s = hn::Add(s, load(x + r * channels + c + at));
            }
            hn::Store(s, d, part);
            flush(width);
        }
        finish(c + at, count, sums);
    });
}

void sum_rows(std::int64_t rows, std::int64_t channels, const float* x, double* sums) {
    column_sums(rows, channels, x,
                [sums](std::int64_t c, std::int64_t count, const double* s) { std::copy_n(s, count, sums + c); });
}

template <class T>
HWY_INLINE void scaled_sum_rows_of(std::int64_t rows, std::int64_t channels, const T* x, double scale, float* y) {
    column_sums(rows, channels, x, [=](std::int64_t c, std::int64_t count, const double* s) {
        for (std::int64_t i = 0; i < count; ++i) y[c + i] = static_cast<float>(scale * s[i]);
    });
}

void scaled_sum_rows(std::int64_t rows, std::int64_t channels, const float* x, double scale, float* y) {
    scaled_sum_rows_of(rows, channels, x, scale, y);
}
void scaled_sum_rows_bf16(std::int64_t rows, std::int64_t channels, const BFloat16* x, double scale, float* y) {
    scaled_sum_rows_of(rows, channels, x, scale, y);
}

void max_rows(std::int64_t rows, std::int64_t channels, const float* x, float* y) {
    for_vectors(channels, [=](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
        V m = number(-std::numeric_limits<float>::infinity());
        for (std::int64_t r = 0; r < rows; ++r) m = larger(m, load(x + r * channels + c));
        store(m, y + c);
    });
}

void max_rows_gradient(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* y,
                       float* dx) {
    for_vectors(channels, [=](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
        const V top = load(y + c);
        V equals = number(0.0);
        for (std::int64_t r = 0; r < rows; ++r) {
            equals = hn::Add(equals, hn::IfThenElseZero(hn::Eq(load(x + r * channels + c), top), number(1.0)));
        }
        const V share = hn::Div(load(dy + c), equals);
        for (std::int64_t r = 0; r < rows; ++r) {
            const std::int64_t at = r * channels + c;
            store(hn::IfThenElseZero(hn::Eq(load(x + at), top), share), dx + at);
        }
    });
}

double sum(std::int64_t n, const float* x) {
    const Floats d;
    const std::int64_t width = lanes();
    double total = 0;
    const std::int64_t block = 4 * width * float_rows;
    for (std::int64_t first = 0; first < n; first += block) {
        const std::int64_t end = std::min(first + block, n);
        V s0 = number(0.0), s1 = s0, s2 = s0, s3 = s0;
        std::int64_t i = first;
        for (; i + 4 * width <= end; i += 4 * width) {
            s0 = hn::Add(s0, hn::LoadU(d, x + i));
            s1 = hn::Add(s1, hn::LoadU(d, x + i + width));
            s2 = hn::Add(s2, hn::LoadU(d, x + i + 2 * width));
            s3 = hn::Add(s3, hn::LoadU(d, x + i + 3 * width));
        }
        for (; i + width <= end; i += width) s0 = hn::Add(s0, hn::LoadU(d, x + i));
        if (i < end) s1 = hn::Add(s1, load_part(x + i, end - i));
        const V all = hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
        total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, all)));
    }
    return total;
}

float maximum(std::int64_t n, const float* x) {
    const Floats d;
    const std::int64_t width = lanes();
    V m = number(-std::numeric_limits<float>::infinity());
    std::int64_t i = 0;
    for (; i + width <= n; i += width) m = larger(m, hn::LoadU(d, x + i));
    HWY_ALIGN float part[hn::MaxLanes(d)];
    hn::Store(m, d, part);
    float result = part[0];
    const auto take = [&result](float value) {
        if (value > result || value != value) result = value;
    };
    for (std::int64_t lane = 1; lane < width; ++lane) take(part[lane]);
    for (; i < n; ++i) take(x[i]);
    return result;
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(sum_rows);
HWY_EXPORT(scaled_sum_rows);
HWY_EXPORT(scaled_sum_rows_bf16);
HWY_EXPORT(max_rows);
HWY_EXPORT(max_rows_gradient);
HWY_EXPORT(sum);
HWY_EXPORT(maximum);

void sum_rows(std::int64_t rows, std::int64_t channels, const float* x, double* sums) {
    HWY_DYNAMIC_DISPATCH(sum_rows)(rows, channels, x, sums);
}
void scaled_sum_rows(std::int64_t rows, std::int64_t channels, const float* x, double scale, float* y) {
    HWY_DYNAMIC_DISPATCH(scaled_sum_rows)(rows, channels, x, scale, y);
}
void scaled_sum_rows(std::int64_t rows, std::int64_t channels, const BFloat16* x, double scale, float* y) {
    HWY_DYNAMIC_DISPATCH(scaled_sum_rows_bf16)(rows, channels, x, scale, y);
}
void max_rows(std::int64_t rows, std::int64_t channels, const float* x, float* y) {
    HWY_DYNAMIC_DISPATCH(max_rows)(rows, channels, x, y);
}
void max_rows_gradient(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* y,
                       float* dx) {
    HWY_DYNAMIC_DISPATCH(max_rows_gradient)(rows, channels, dy, x, y, dx);
}
double sum(std::int64_t n, const float* x) { return HWY_DYNAMIC_DISPATCH(sum)(n, x); }
float maximum(std::int64_t n, const float* x) { return HWY_DYNAMIC_DISPATCH(maximum)(n, x); }

}  // namespace markhor::cpu
#endif  // HWY_ONCE
