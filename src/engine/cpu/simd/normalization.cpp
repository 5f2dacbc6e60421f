// The parts of batch normalization, for each instruction set.
#include "engine/cpu/simd/normalization.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/normalization.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;
constexpr std::size_t most_lanes = hn::MaxLanes(Floats());

// Rows that are summed in float: few enough to stay exact and, all channels together, in the first-level cache.
std::int64_t block_rows(std::int64_t channels) { return std::clamp<std::int64_t>(4096 / channels, 8, 128); }

// Adds one vector of columns of a block of rows to the running statistics of `before` rows.
template <class T, class Load>
HWY_INLINE void add_block(std::int64_t rows, std::int64_t channels, std::int64_t before, std::int64_t count, const T* x,
                          const Load& load, double* mean, double* squares) {
    V sum0 = number(0.0), sum1 = sum0;
    std::int64_t r = 0;
    for (; r + 2 <= rows; r += 2) {
        sum0 = hn::Add(sum0, load(x + r * channels));
        sum1 = hn::Add(sum1, load(x + (r + 1) * channels));
    }
    if (r < rows) sum0 = hn::Add(sum0, load(x + r * channels));
    const V centre = hn::Mul(hn::Add(sum0, sum1), number(1.0 / static_cast<double>(rows)));
    // What rounding left between the centre and the mean shows in the sum of differences, and is put right by it.
    V rest0 = number(0.0), rest1 = rest0, square0 = rest0, square1 = rest0;
    for (r = 0; r + 2 <= rows; r += 2) {
        const V d0 = hn::Sub(load(x + r * channels), centre);
        const V d1 = hn::Sub(load(x + (r + 1) * channels), centre);
        rest0 = hn::Add(rest0, d0);
        rest1 = hn::Add(rest1, d1);
        square0 = hn::MulAdd(d0, d0, square0);
        square1 = hn::MulAdd(d1, d1, square1);
    }
    if (r < rows) {
        const V d0 = hn::Sub(load(x + r * channels), centre);
        rest0 = hn::Add(rest0, d0);
        square0 = hn::MulAdd(d0, d0, square0);
    }
    HWY_ALIGN float centres[most_lanes];
    HWY_ALIGN float rests[most_lanes];
    HWY_ALIGN float block_squares[most_lanes];
    const Floats d;
    hn::Store(centre, d, centres);
    hn::Store(hn::Add(rest0, rest1), d, rests);
    hn::Store(hn::Add(square0, square1), d, block_squares);
    // Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    const auto block = static_cast<double>(rows);
    const double share = block / static_cast<double>(before + rows);
    const double both = share * static_cast<double>(before);
    for (std::int64_t i = 0; i < count; ++i) {
        const double rest = static_cast<double>(rests[i]) / block;
        const double delta = static_cast<double>(centres[i]) + rest - mean[i];
        mean[i] += delta * share;
        squares[i] += static_cast<double>(block_squares[i]) - rest * rest * block + delta * delta * both;
    }
}

template <class T>
HWY_INLINE void moments_of(std::int64_t rows, std::int64_t channels, const T* x, double* mean, double* squares) {
    const std::int64_t width = lanes();
    std::fill_n(mean, channels, 0.0);
    std::fill_n(squares, channels, 0.0);
    const std::int64_t step = block_rows(channels);
    for (std::int64_t first = 0; first < rows; first += step) {
        const std::int64_t block = std::min(step, rows - first);
        for_vectors(channels, [&](std::int64_t c, const auto& load, const auto&) HWY_ATTR {
            add_block(block, channels, first, std::min(width, channels - c), x + first * channels + c, load, mean + c,
                      squares + c);
        });
    }
}

template <class T>
HWY_INLINE void gradient_sums_of(std::int64_t rows, std::int64_t channels, const T* dy, const T* x, const float* mean,
                                 double* dy_sum, double* product_sum) {
    const Floats d;
    const std::int64_t width = lanes();
    std::fill_n(dy_sum, channels, 0.0);
    std::fill_n(product_sum, channels, 0.0);
    const std::int64_t step = block_rows(channels);
    for (std::int64_t first = 0; first < rows; first += step) {
        const std::int64_t block = std::min(step, rows - first);
        for_vectors(channels, [&](std::int64_t c, const auto& load, const auto&) HWY_ATTR {
            const V centre = load(mean + c);
            const T* const g = dy + first * channels + c;
            const T* const v = x + first * channels + c;
            V sum0 = number(0.0), sum1 = sum0, product0 = sum0, product1 = sum0;
            std::int64_t r = 0;
            for (; r + 2 <= block; r += 2) {
                const V g0 = load(g + r * channels);
                const V g1 = load(g + (r + 1) * channels);
                sum0 = hn::Add(sum0, g0);
                sum1 = hn::Add(sum1, g1);
                product0 = hn::MulAdd(g0, hn::Sub(load(v + r * channels), centre), product0);
                product1 = hn::MulAdd(g1, hn::Sub(load(v + (r + 1) * channels), centre), product1);
            }
            if (r < block) {
                const V g0 = load(g + r * channels);
                sum0 = hn::Add(sum0, g0);
                product0 = hn::MulAdd(g0, hn::Sub(load(v + r * channels), centre), product0);
            }
            HWY_ALIGN float sums[most_lanes];
            HWY_ALIGN float products[most_lanes];
            hn::Store(hn::Add(sum0, sum1), d, sums);
            hn::Store(hn::Add(product0, product1), d, products);
            for (std::int64_t i = 0; i < std::min(width, channels - c); ++i) {
                dy_sum[c + i] += static_cast<double>(sums[i]);
                product_sum[c + i] += static_cast<double>(products[i]);
            }
        });
    }
}

template <class T>
HWY_INLINE void normalize_all(std::int64_t rows, std::int64_t channels, const T* x, const float* mean,
                              const float* scale, const float* shift, T* y) {
    for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels) {
        for_vectors(channels, [=](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            store(hn::MulAdd(hn::Sub(load(x + c), load(mean + c)), load(scale + c), load(shift + c)), y + c);
        });
    }
}

template <class T>
HWY_INLINE void normalize_gradient_of(std::int64_t rows, std::int64_t channels, const T* dy, const T* x,
                                      const float* mean, const float* dy_scale, const float* x_scale,
                                      const float* shift, T* dx) {
    for (std::int64_t r = 0; r < rows; ++r, dy += channels, x += channels, dx += channels) {
        for_vectors(channels, [=](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            const V from_x = hn::MulAdd(hn::Sub(load(x + c), load(mean + c)), load(x_scale + c), load(shift + c));
            store(hn::MulAdd(load(dy + c), load(dy_scale + c), from_x), dx + c);
        });
    }
}

void moments(std::int64_t rows, std::int64_t channels, const float* x, double* mean, double* squares) {
    moments_of(rows, channels, x, mean, squares);
}
void moments_bf16(std::int64_t rows, std::int64_t channels, const BFloat16* x, double* mean, double* squares) {
    moments_of(rows, channels, x, mean, squares);
}
void gradient_sums(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* mean,
                   double* dy_sum, double* product_sum) {
    gradient_sums_of(rows, channels, dy, x, mean, dy_sum, product_sum);
}
void gradient_sums_bf16(std::int64_t rows, std::int64_t channels, const BFloat16* dy, const BFloat16* x,
                        const float* mean, double* dy_sum, double* product_sum) {
    gradient_sums_of(rows, channels, dy, x, mean, dy_sum, product_sum);
}
void normalize(std::int64_t rows, std::int64_t channels, const float* x, const float* mean, const float* scale,
               const float* shift, float* y) {
    normalize_all(rows, channels, x, mean, scale, shift, y);
}
void normalize_bf16(std::int64_t rows, std::int64_t channels, const BFloat16* x, const float* mean, const float* scale,
                    const float* shift, BFloat16* y) {
    normalize_all(rows, channels, x, mean, scale, shift, y);
}
void normalize_gradient(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* mean,
                        const float* dy_scale, const float* x_scale, const float* shift, float* dx) {
    normalize_gradient_of(rows, channels, dy, x, mean, dy_scale, x_scale, shift, dx);
}
void normalize_gradient_bf16(std::int64_t rows, std::int64_t channels, const BFloat16* dy, const BFloat16* x,
                             const float* mean, const float* dy_scale, const float* x_scale, const float* shift,
                             BFloat16* dx) {
    normalize_gradient_of(rows, channels, dy, x, mean, dy_scale, x_scale, shift, dx);
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(moments);
HWY_EXPORT(moments_bf16);
HWY_EXPORT(gradient_sums);
HWY_EXPORT(gradient_sums_bf16);
HWY_EXPORT(normalize);
HWY_EXPORT(normalize_bf16);
HWY_EXPORT(normalize_gradient);
HWY_EXPORT(normalize_gradient_bf16);

void moments(std::int64_t rows, std::int64_t channels, const float* x, double* mean, double* squares) {
    HWY_DYNAMIC_DISPATCH(moments)(rows, channels, x, mean, squares);
}
void moments(std::int64_t rows, std::int64_t channels, const BFloat16* x, double* mean, double* squares) {
    HWY_DYNAMIC_DISPATCH(moments_bf16)(rows, channels, x, mean, squares);
}
void gradient_sums(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* mean,
                   double* dy_sum, double* product_sum) {
    HWY_DYNAMIC_DISPATCH(gradient_sums)(rows, channels, dy, x, mean, dy_sum, product_sum);
}
void gradient_sums(std::int64_t rows, std::int64_t channels, const BFloat16* dy, const BFloat16* x, const float* mean,
                   double* dy_sum, double* product_sum) {
    HWY_DYNAMIC_DISPATCH(gradient_sums_bf16)(rows, channels, dy, x, mean, dy_sum, product_sum);
}
void normalize(std::int64_t rows, std::int64_t channels, const float* x, const float* mean, const float* scale,
               const float* shift, float* y) {
    HWY_DYNAMIC_DISPATCH(normalize)(rows, channels, x, mean, scale, shift, y);
}
void normalize(std::int64_t rows, std::int64_t channels, const BFloat16* x, const float* mean, const float* scale,
               const float* shift, BFloat16* y) {
    HWY_DYNAMIC_DISPATCH(normalize_bf16)(rows, channels, x, mean, scale, shift, y);
}
void normalize_gradient(std::int64_t rows, std::int64_t channels, const float* dy, const float* x, const float* mean,
                        const float* dy_scale, const float* x_scale, const float* shift, float* dx) {
    HWY_DYNAMIC_DISPATCH(normalize_gradient)(rows, channels, dy, x, mean, dy_scale, x_scale, shift, dx);
}
void normalize_gradient(std::int64_t rows, std::int64_t channels, const BFloat16* dy, const BFloat16* x,
                        const float* mean, const float* dy_scale, const float* x_scale, const float* shift,
                        BFloat16* dx) {
    HWY_DYNAMIC_DISPATCH(normalize_gradient_bf16)(rows, channels, dy, x, mean, dy_scale, x_scale, shift, dx);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
