// The input's gradient of few channels, for each instruction set.
#include "engine/cpu/simd/few_channels_gradient.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/few_channels_gradient.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

constexpr std::int64_t most_taps = 16;  // along the height

std::int64_t columns_of(const FewChannelSizes& s) {
    const std::int64_t columns = (s.patch() + product_columns() - 1) / product_columns() * product_columns();
    const bool pays = s.stride[0] == 1 && s.stride[1] == 1 && s.in_channels * 2 <= lanes() &&
                      s.patch() * 4 >= columns * 3 && s.taps[0] <= most_taps;
    return pays ? columns : 0;
}

void pack_kernel(const FewChannelSizes& s, const float* w, float* packed) {
    for (std::int64_t column = 0; column < columns_of(s); column += product_columns()) {
        const std::int64_t real = std::min(product_columns(), s.patch() - column);
        for (std::int64_t tap = 0; tap < s.taps[0]; ++tap) {
            const float* const from = w + (tap * s.patch() + column) * s.out_channels;
            for (std::int64_t k = 0; k < s.out_channels; ++k, packed += product_columns()) {
                for (std::int64_t i = 0; i < real; ++i) packed[i] = from[i * s.out_channels + k];
                std::fill(packed + real, packed + product_columns(), 0.0F);
            }
        }
    }
}

// Row by row of the input: products (output pixel, tap and channel) of all rows of taps that see it, summed.
void gradient(const FewChannelSizes& s, std::int64_t first, std::int64_t last, const float* dy, const float* packed,
              float* dx, float* products) {
    const std::int64_t columns = columns_of(s), channels = s.in_channels;
    const std::int64_t floats = s.in[1] * channels;
    std::fill_n(products + s.out[1] * columns, columns, 0.0F);  // read past the last, and not used
    for (std::int64_t row = first; row < last; ++row) {
        const std::int64_t image = row / s.in[0], bottom = row % s.in[0] + s.pad[0];  // the output row of tap 0
        const float* upstream[most_taps];
        std::int64_t first_tap = 0, count = 0;
        for (std::int64_t tap = 0; tap < s.taps[0]; ++tap) {
            const std::int64_t at = bottom - tap * s.dilation;
            if (at < 0 || at >= s.out[0]) continue;
            if (count == 0) first_tap = tap;
            upstream[count++] = dy + (image * s.out[0] + at) * s.out[1] * s.out_channels;
        }
        float* const to = dx + row * floats;
        if (count == 0) {
            std::fill_n(to, floats, 0.0F);
            continue;
        }
        for (std::int64_t column = 0; column < columns; column += product_columns()) {
            const float* const b =
                packed + column * s.taps[0] * s.out_channels + first_tap * s.out_channels * product_columns();
            in_even_parts<product_rows>(s.out[1], [&](std::int64_t pixel, auto pixels) HWY_ATTR {
                const float* from[most_taps];
                for (std::int64_t i = 0; i < count; ++i) from[i] = upstream[i] + pixel * s.out_channels;
                float* const result = products + pixel * columns + column;
                product<pixels>(count, s.out_channels, from, s.out_channels, b,
                                [&](std::int64_t i, V left, V right) HWY_ATTR {
                                    store_whole(left, result + i * columns);
                                    store_whole(right, result + i * columns + lanes());
                                });
            });
        }
        for_vectors(channels, [&](std::int64_t, const auto&, const auto& store) HWY_ATTR {
            for (std::int64_t w = 0; w < s.in[1]; ++w) {
                const std::int64_t right = w + s.pad[1];  // the output of tap 0
                const std::int64_t begin = std::max<std::int64_t>(0, right - (s.out[1] - 1));
                const std::int64_t end = std::min(s.taps[1], right + 1);
                V sum = number(0.0);
                for (std::int64_t tap = begin; tap < end; ++tap) {
                    sum = hn::Add(sum, load_whole(products + (right - tap) * columns + tap * channels));
                }
                store(sum, to + w * channels);
            }
        });
    }
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(columns_of);
HWY_EXPORT(pack_kernel);
HWY_EXPORT(gradient);

std::int64_t few_channels_gradient_columns(const FewChannelSizes& sizes) {
    return HWY_DYNAMIC_DISPATCH(columns_of)(sizes);
}
void few_channels_gradient_kernel(const FewChannelSizes& sizes, const float* w, float* packed) {
    HWY_DYNAMIC_DISPATCH(pack_kernel)(sizes, w, packed);
}
void few_channels_gradient(const FewChannelSizes& sizes, std::int64_t first, std::int64_t last, const float* dy,
                           const float* packed, float* dx, float* products) {
    HWY_DYNAMIC_DISPATCH(gradient)(sizes, first, last, dy, packed, dx, products);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
