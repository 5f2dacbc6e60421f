// Average pooling over windows side by side, for each instruction set.
#include "engine/cpu/simd/tile_pooling.hpp"

#include <algorithm>
#include <type_traits>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/tile_pooling.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

// Calls f(rows, columns) of the window, as constants for the window of nearly every network.
template <class F>
HWY_INLINE void with_window(const PoolingSizes& s, const F& f) {
    if (s.window.size[1] == 2 && s.window.size[2] == 2) {
        constexpr std::integral_constant<std::int64_t, 2> two;
        f(two, two);
    } else {
        f(s.window.size[1], s.window.size[2]);
    }
}

V share_of(const PoolingSizes& s) { return number(1.0F / static_cast<float>(s.window.size[1] * s.window.size[2])); }

void average_tiles(const PoolingSizes& s, std::int64_t first, std::int64_t last, const float* x, float* y) {
    const std::int64_t channels = s.channels, line = s.in[2] * channels;
    const V share = share_of(s);
    with_window(s, [&](auto rows, auto columns) HWY_ATTR {
        for (std::int64_t row = first; row < last; ++row) {
            const float* const from = x + (row / s.out[1] * s.in[1] + row % s.out[1] * rows) * line;
            float* const to = y + row * s.out[2] * channels;
            for_vectors(channels, [&](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
                for (std::int64_t w = 0; w < s.out[2]; ++w) {
                    V sum = number(0.0);
                    for (std::int64_t i = 0; i < rows; ++i) {
                        for (std::int64_t k = 0; k < columns; ++k) {
                            sum = hn::Add(sum, load(from + i * line + (w * columns + k) * channels + c));
                        }
                    }
                    store(hn::Mul(sum, share), to + w * channels + c);
                }
            });
        }
    });
}

void average_tiles_gradient(const PoolingSizes& s, std::int64_t first, std::int64_t last, const float* dy, float* dx) {
    const std::int64_t channels = s.channels, line = s.in[2] * channels;
    const V share = share_of(s);
    with_window(s, [&](auto rows, auto columns) HWY_ATTR {
        for (std::int64_t strip = first; strip < last; ++strip) {
            const std::int64_t position = strip % s.out[1];
            const float* const from = dy + strip * s.out[2] * channels;
            float* const to = dx + (strip / s.out[1] * s.in[1] + position * rows) * line;
            for_vectors(channels, [&](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
                for (std::int64_t w = 0; w < s.out[2]; ++w) {
                    const V value = hn::Mul(load(from + w * channels + c), share);
                    for (std::int64_t i = 0; i < rows; ++i) {
                        for (std::int64_t k = 0; k < columns; ++k) {
                            store(value, to + i * line + (w * columns + k) * channels + c);
                        }
                    }
                }
            });
            // What no window covers, on the right and below the last.
            for (std::int64_t i = 0; i < rows; ++i) {
                std::fill(to + i * line + s.out[2] * columns * channels, to + (i + 1) * line, 0.0F);
            }
            if (position + 1 == s.out[1]) std::fill(to + rows * line, to + (s.in[1] - position * rows) * line, 0.0F);
        }
    });
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(average_tiles);
HWY_EXPORT(average_tiles_gradient);

bool pools_tiles(const PoolingSizes& s) {
    constexpr std::int64_t few = 64;  // with more channels rows are better walked through in order
    const ops::Window& w = s.window;
    return w.rank == 2 && s.channels <= few && w.size == w.stride && w.dilation == ops::Spatial{1, 1, 1} &&
           w.pad_before == ops::Spatial{} && s.out[1] * w.size[1] <= s.in[1] && s.out[2] * w.size[2] <= s.in[2];
}
void average_tiles(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y) {
    HWY_DYNAMIC_DISPATCH(average_tiles)(sizes, first_row, last_row, x, y);
}
void average_tiles_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                            const float* dy, float* dx) {
    HWY_DYNAMIC_DISPATCH(average_tiles_gradient)(sizes, first_strip, last_strip, dy, dx);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
