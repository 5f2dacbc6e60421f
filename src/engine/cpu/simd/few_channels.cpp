// Convolution of images of few channels, for each instruction set.
#include "engine/cpu/simd/few_channels.hpp"

#include <algorithm>
#include <limits>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/few_channels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

constexpr std::int64_t most_taps = 16;  // along the height

std::int64_t width_of(std::int64_t out_channels) { return (out_channels + lanes() - 1) / lanes() * lanes(); }

bool is_packed(std::int64_t out_channels) {
    return out_channels == width_of(out_channels) && out_channels <= product_columns();
}

// The input rows under one row of outputs: where each begins, with its padding. Rows that need none are read where they
// are; the others are copied to `rows`, rows outside the image are zeros.
void find_rows(const FewChannelSizes& s, std::int64_t row, const float* x, float* rows, const float** found) {
    const std::int64_t image = row / s.out[0];
    const std::int64_t top = row % s.out[0] * s.stride[0] - s.pad[0];
    const std::int64_t floats = s.in[1] * s.in_channels;
    const std::int64_t before = s.pad[1] * s.in_channels;
    const std::int64_t wanted = s.row_floats();
    for (std::int64_t tap = 0; tap < s.taps[0]; ++tap) {
        const std::int64_t at = top + tap * s.dilation;
        float* const copy = rows + tap * wanted;
        found[tap] = copy;
        if (at < 0 || at >= s.in[0]) {
            std::fill_n(copy, wanted, 0.0F);
            continue;
        }
        const float* const source = x + (image * s.in[0] + at) * floats;
        if (before == 0 && wanted <= floats) {
            found[tap] = source;
            continue;
        }
        const std::int64_t real = std::min(floats, wanted - before);
        std::fill_n(copy, before, 0.0F);
        std::copy_n(source, real, copy + before);
        std::fill(copy + before + real, copy + wanted, 0.0F);
    }
}

// Calls f(column, vectors) for pairs of vectors of output channels and a last one alone, with constants.
template <class F>
HWY_INLINE void for_columns(std::int64_t width, const F& f) {
    std::int64_t column = 0;
    for (; column + product_columns() <= width; column += product_columns()) {
        f(column, std::integral_constant<int, 2>());
    }
    if (column < width) f(column, std::integral_constant<int, 1>());
}

void pack_kernel(const FewChannelSizes& s, const float* w, float* packed) {
    const std::int64_t inner = s.taps[0] * s.patch();
    for_columns(width_of(s.out_channels), [&](std::int64_t column, auto vectors) HWY_ATTR {
        for (std::int64_t k = 0; k < inner; ++k) {
            for (std::int64_t i = 0; i < vectors * lanes(); ++i, ++packed) {
                *packed = column + i < s.out_channels ? w[k * s.out_channels + column + i] : 0.0F;
            }
        }
    });
}

// `pixels` outputs from the `first` on. Not inline: what the caller holds in registers would be in the way of the sums.
template <int pixels, int vectors>
HWY_NOINLINE void forward_pixels(const FewChannelSizes& s, std::int64_t first, const float* const* rows,
                                 const float* packed, std::int64_t column, const float* bias, const Clamp& clamp,
                                 float* y) {
    const float* from[most_taps];
    const std::int64_t step = s.stride[1] * s.in_channels;
    for (std::int64_t tap = 0; tap < s.taps[0]; ++tap) from[tap] = rows[tap] + first * step;
    const std::int64_t real = std::min(vectors * lanes(), s.out_channels - column);
    float* const to = y + first * s.out_channels + column;
    V sums[vectors][pixels];
    if constexpr (vectors == 2) {
        product<pixels>(s.taps[0], s.patch(), from, step, packed, [&](std::int64_t i, V left, V right) HWY_ATTR {
            sums[0][i] = left;
            sums[1][i] = right;
        });
    } else {
        product<pixels, false, 1>(s.taps[0], s.patch(), from, step, packed,
                                  [&](std::int64_t i, V sum) HWY_ATTR { sums[0][i] = sum; });
    }
    const V low = number(clamp.low), high = number(clamp.high);
    unrolled<vectors>([&](auto v) HWY_ATTR {
        const std::int64_t count = std::clamp<std::int64_t>(real - v * lanes(), 0, lanes());
        const float* const shifts = bias != nullptr ? bias + column + v * lanes() : nullptr;
        const auto store_all = [&](const auto& load, const auto& store) HWY_ATTR {
            const V shift = shifts != nullptr ? load(shifts) : number(0.0);
            unrolled<pixels>([&](auto i) HWY_ATTR {
                store(clamped(hn::Add(sums[v][i], shift), low, high), to + i * s.out_channels + v * lanes());
            });
        };
        if (count == lanes()) {
            store_all([](const float* p) HWY_ATTR { return load_whole(p); },
                      [](V value, float* p) HWY_ATTR { store_whole(value, p); });
        } else {
            store_all([=](const float* p) HWY_ATTR { return load_part(p, count); },
                      [=](V value, float* p) HWY_ATTR { store_part(value, p, count); });
        }
    });
}

void forward(const FewChannelSizes& s, std::int64_t first, std::int64_t last, const float* x, const float* packed,
             const float* bias, const Clamp& clamp, float* y, float* rows) {
    const float* found[most_taps];
    const std::int64_t inner = s.taps[0] * s.patch();
    for (std::int64_t row = first; row < last; ++row) {
        find_rows(s, row, x, rows, found);
        float* const to = y + row * s.out[1] * s.out_channels;
        for_columns(width_of(s.out_channels), [&](std::int64_t column, auto vectors) HWY_ATTR {
            in_even_parts<product_rows>(s.out[1], [&](std::int64_t pixel, auto pixels) HWY_ATTR {
                forward_pixels<pixels, vectors>(s, pixel, found, packed + column * inner, column, bias, clamp, to);
            });
        });
    }
}

// What some rows of outputs owe the gradient of the kernel; `rows` are the first one's.
template <int vectors>
HWY_INLINE void outer_row(const FewChannelSizes& s, const float* const* rows, const float* dy, std::int64_t column,
                          std::int64_t width, std::int64_t count, float* part) {
    const Repeats repeats{count, s.stride[0] * s.in[1] * s.in_channels, s.out[1] * s.out_channels};
    constexpr int most = vectors == 1 ? 2 * product_rows : product_rows;
    in_even_parts<most>(s.patch(), [&](std::int64_t i, auto some) HWY_ATTR {
        for (std::int64_t tap = 0; tap < s.taps[0]; ++tap) {
            outer_product<some, vectors>(s.out[1], rows[tap] + i, s.stride[1] * s.in_channels, dy + column,
                                         s.out_channels, part + (tap * s.patch() + i) * width + column, width, repeats);
        }
    });
}

void weight_sums(const FewChannelSizes& s, std::int64_t first, std::int64_t last, const float* x, const float* dy,
                 double* sums, float* part, float* rows) {
    // Sums stay floats over so many outputs and become doubles then.
    constexpr std::int64_t outputs_in_float = 1024;
    const std::int64_t width = width_of(s.out_channels);
    const std::int64_t taps_floats = s.taps[0] * s.patch() * width;
    const std::int64_t floats = taps_floats + width;
    const float* found[most_taps];
    std::int64_t outputs = 0;
    std::fill_n(part, floats, 0.0F);
    // Rows that are read where they are follow one another; they keep their sums in registers.
    const bool in_place = s.pad[0] == 0 && s.pad[1] == 0 && s.row_floats() <= s.in[1] * s.in_channels &&
                          (s.out[0] - 1) * s.stride[0] + (s.taps[0] - 1) * s.dilation < s.in[0];
    const std::int64_t most = in_place ? std::max<std::int64_t>(1, outputs_in_float / s.out[1]) : 1;
    for (std::int64_t row = first; row < last;) {
        const std::int64_t count = std::min({most, s.out[0] - row % s.out[0], last - row});
        find_rows(s, row, x, rows, found);
        const float* const upstream = dy + row * s.out[1] * s.out_channels;
        for_columns(width, [&](std::int64_t column, auto vectors)
                               HWY_ATTR { outer_row<vectors>(s, found, upstream, column, width, count, part); });
        float* const bias = part + taps_floats;
        for_vectors(s.out_channels, [&](std::int64_t c, const auto& load, const auto& store) HWY_ATTR {
            V sum = load(bias + c);
            for (std::int64_t i = 0; i < count * s.out[1]; ++i) {
                sum = hn::Add(sum, load(upstream + i * s.out_channels + c));
            }
            store(sum, bias + c);
        });
        outputs += count * s.out[1];
        row += count;
        if (outputs >= outputs_in_float || row == last) {
            for (std::int64_t i = 0; i < floats; ++i) sums[i] += static_cast<double>(part[i]);
            std::fill_n(part, floats, 0.0F);
            outputs = 0;
        }
    }
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(width_of);
HWY_EXPORT(is_packed);
HWY_EXPORT(pack_kernel);
HWY_EXPORT(forward);
HWY_EXPORT(weight_sums);

std::int64_t few_channels_width(std::int64_t out_channels) { return HWY_DYNAMIC_DISPATCH(width_of)(out_channels); }
bool few_channels_are_packed(const FewChannelSizes& sizes) {
    return HWY_DYNAMIC_DISPATCH(is_packed)(sizes.out_channels);
}
void few_channels_kernel(const FewChannelSizes& sizes, const float* w, float* packed) {
    HWY_DYNAMIC_DISPATCH(pack_kernel)(sizes, w, packed);
}
void few_channels_forward(const FewChannelSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                          const float* packed, const float* bias, const Clamp& clamp, float* y, float* rows) {
    HWY_DYNAMIC_DISPATCH(forward)(sizes, first, last, x, packed, bias, clamp, y, rows);
}
void few_channels_weight_sums(const FewChannelSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                              const float* dy, double* sums, float* part, float* rows) {
    HWY_DYNAMIC_DISPATCH(weight_sums)(sizes, first, last, x, dy, sums, part, rows);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
