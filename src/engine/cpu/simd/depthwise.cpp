// A few neighbouring outputs at a time, so that a pixel that is read serves all windows it lies in; for each
// instruction set.
#include "engine/cpu/simd/depthwise.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

constexpr int outputs = 7;  // at a time: what the widths of most networks are multiples of

// `count` outputs from column `first` of an output row on; pixels outside the image are read from `zeros`.
template <int taps, int stride>
void run_outputs(const DepthwiseSizes& s, const float* image, std::int64_t row, std::int64_t first, std::int64_t count,
                 const float* w, const float* bias, const float* zeros, const Clamp& clamp, float* y) {
    constexpr int pixels = (outputs - 1) * stride + taps;
    const float* from[taps][pixels];
    for (int i = 0; i < taps; ++i) {
        const std::int64_t at = row * stride - s.pad[0] + i;
        const bool inside = at >= 0 && at < s.in[0];
        for (int j = 0; j < pixels; ++j) {
            const std::int64_t column = first * stride - s.pad[1] + j;
            from[i][j] =
                inside && column >= 0 && column < s.in[1] ? image + (at * s.in[1] + column) * s.channels : zeros;
        }
    }
    const V low = number(clamp.low), high = number(clamp.high);
    const std::int64_t channels = s.channels;
    for_vectors(channels, [&](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
        V sums[outputs];
        const V shift = bias != nullptr ? load(bias + c) : number(0.0);
        unrolled<outputs>([&](auto o) HWY_ATTR { sums[o] = shift; });
        for (int i = 0; i < taps; ++i) {
            V weights[taps];
            unrolled<taps>([&](auto t) HWY_ATTR { weights[t] = load(w + (i * taps + t) * channels + c); });
            unrolled<pixels>([&](auto j) HWY_ATTR {
                const V pixel = load(from[i][j] + c);
                unrolled<taps>([&](auto t) HWY_ATTR {
                    constexpr int steps = j - t;
                    if constexpr (steps >= 0 && steps % stride == 0 && steps / stride < outputs) {
                        sums[steps / stride] = hn::MulAdd(pixel, weights[t], sums[steps / stride]);
                    }
                });
            });
        }
        unrolled<outputs>([&](auto o) HWY_ATTR {
            if (o < count) store(clamped(sums[o], low, high), y + o * channels + c);
        });
    });
}

template <int taps, int stride>
void run_rows(const DepthwiseSizes& s, std::int64_t first, std::int64_t last, const float* x, const float* w,
              const float* bias, const float* zeros, const Clamp& clamp, float* y) {
    for (std::int64_t unit = first; unit < last; ++unit) {
        const float* const image = x + unit / s.out[0] * s.in[0] * s.in[1] * s.channels;
        for (std::int64_t column = 0; column < s.out[1]; column += outputs) {
            run_outputs<taps, stride>(s, image, unit % s.out[0], column,
                                      std::min<std::int64_t>(outputs, s.out[1] - column), w, bias, zeros, clamp,
                                      y + (unit * s.out[1] + column) * s.channels);
        }
    }
}

void run(const DepthwiseSizes& s, std::int64_t first, std::int64_t last, const float* x, const float* w,
         const float* bias, const float* zeros, const Clamp& clamp, float* y) {
    const auto rows = s.taps == 3 ? (s.stride == 1 ? run_rows<3, 1> : run_rows<3, 2>)
                                  : (s.stride == 1 ? run_rows<5, 1> : run_rows<5, 2>);
    rows(s, first, last, x, w, bias, zeros, clamp, y);
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(run);

void depthwise(const DepthwiseSizes& sizes, std::int64_t first, std::int64_t last, const float* x, const float* w,
               const float* bias, const float* zeros, const Clamp& clamp, float* y) {
    HWY_DYNAMIC_DISPATCH(run)(sizes, first, last, x, w, bias, zeros, clamp, y);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
