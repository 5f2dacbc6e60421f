// Convolution with pixels in the lanes, for each instruction set.
#include "engine/cpu/simd/pixel_lanes.hpp"

#include <algorithm>

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/pixel_lanes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/products-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;
using Ints = hn::RebindToSigned<Floats>;

#if HWY_TARGET <= HWY_AVX3
constexpr int registers = 32;
#else
constexpr int registers = 16;
#endif
constexpr int most_channels = std::clamp(static_cast<int>(hn::MaxLanes(Floats()) * 3 / 4), 1, 12);

// Where lanes are filled better by pixels than by output channels.
std::int64_t lanes_if_better(const FewChannelSizes& s) {
    const std::int64_t width = (s.out[1] + lanes() - 1) / lanes() * lanes();
    const bool pays = s.stride[1] == 1 && s.out_channels <= most_channels && s.out_channels * 4 <= lanes() * 3 &&
                      4 * s.out[1] * lanes() >= 5 * s.out_channels * width;
    return pays ? lanes() : 0;
}

// Lane i of the result is lane index[i] of the two vectors behind one another.
HWY_INLINE V from_two(V first, V second, hn::Vec<Ints> index) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
    return V{_mm512_permutex2var_ps(first.raw, index.raw, second.raw)};
#else
    const Floats d;
    const Ints di;
    const auto all = hn::Set(di, static_cast<std::int32_t>(lanes()));
    const auto in_second = hn::Gt(index, hn::Set(di, static_cast<std::int32_t>(lanes() - 1)));
    const auto lane = hn::IndicesFromVec(d, hn::IfThenElse(in_second, hn::Sub(index, all), index));
    return hn::IfThenElse(hn::RebindMask(d, in_second), hn::TableLookupLanes(second, lane),
                          hn::TableLookupLanes(first, lane));
#endif
}

// Calls put(i, vector) for each of as many vectors, made from the given ones as `moves` says.
template <int channels, class Put>
HWY_INLINE void move_lanes(const std::int32_t* moves, const V* from, const Put& put) {
    const Ints di;
    unrolled<channels>([&](auto i) HWY_ATTR {
        if constexpr (channels == 1) {
            put(i, from[0]);
        } else {
            const std::int32_t* const of_vector = moves + 2 * lanes() * i;
            const auto index = hn::LoadU(di, of_vector), pair = hn::LoadU(di, of_vector + lanes());
            V result = from_two(from[0], from[1], index);
            unrolled<(channels + 1) / 2>([&](auto k) HWY_ATTR {
                if constexpr (k > 0) {
                    constexpr int second = std::min(2 * k + 1, channels - 1);
                    const auto mine = hn::RebindMask(Floats(), hn::Eq(pair, hn::Set(di, static_cast<std::int32_t>(k))));
                    result = hn::IfThenElse(mine, from_two(from[2 * k], from[second], index), result);
                }
            });
            put(i, result);
        }
    });
}

// Output rows of one image that are computed together, and which of the kernel's rows of taps see the image there.
struct Group {
    Group(const PixelLaneSizes& sizes, std::int64_t first, std::int64_t last)
        : s(sizes.convolution),
          image(first / s.out[0]),
          row(first % s.out[0]),
          count(std::min({sizes.group, s.out[0] - row, last - first})),
          top(row * s.stride[0] - s.pad[0]) {}

    std::int64_t first_tap(std::int64_t of_row) const {
        const std::int64_t above = -(top + of_row * s.stride[0]);
        return above <= 0 ? 0 : std::min(s.taps[0], (above + s.dilation - 1) / s.dilation);
    }
    std::int64_t last_tap(std::int64_t of_row) const {
        const std::int64_t below = s.in[0] - 1 - (top + of_row * s.stride[0]);
        return below < 0 ? 0 : std::min(s.taps[0], below / s.dilation + 1);
    }
    bool sees(std::int64_t of_row, std::int64_t tap) const {
        return tap >= first_tap(of_row) && tap < last_tap(of_row);
    }

    const FewChannelSizes& s;
    std::int64_t image, row, count, top;
};

// The input rows under a group, those that exist.
void copy_input(const PixelLaneSizes& sizes, const Group& group, const float* x, float* input) {
    const FewChannelSizes& s = sizes.convolution;
    const std::int64_t plane = sizes.plane;
    const std::int64_t reach = (group.count - 1) * s.stride[0] + (s.taps[0] - 1) * s.dilation + 1;
    const std::int64_t real = std::clamp<std::int64_t>(plane - s.pad[1], 0, s.in[1]);
    for (std::int64_t row = std::max<std::int64_t>(0, -group.top); row < std::min(reach, s.in[0] - group.top); ++row) {
        const float* const from = x + (group.image * s.in[0] + group.top + row) * s.in[1] * s.in_channels;
        for (std::int64_t c = 0; c < s.in_channels; ++c) {
            float* const to = input + (row * s.in_channels + c) * plane;
            std::fill_n(to, s.pad[1], 0.0F);
            if (s.in_channels == 1) {
                std::copy_n(from, real, to + s.pad[1]);
            } else {
                for (std::int64_t i = 0; i < real; ++i) to[s.pad[1] + i] = from[i * s.in_channels + c];
            }
            std::fill(to + s.pad[1] + real, to + plane, 0.0F);
        }
    }
}

// `vectors` vectors of output pixels; `floats` are left of their row.
template <int channels, int vectors>
HWY_INLINE void forward_pixels(const PixelLaneSizes& sizes, std::int64_t first_tap, std::int64_t last_tap,
                               const float* input, const float* w, const float* bias, const Clamp& clamp,
                               const std::int32_t* moves, float* y, std::int64_t floats) {
    const FewChannelSizes& s = sizes.convolution;
    V sums[vectors][channels];
    unrolled<channels>([&](auto c) HWY_ATTR { unrolled<vectors>([&](auto v) HWY_ATTR { sums[v][c] = number(0.0); }); });
    const float* weights = w + first_tap * s.patch() * channels;
    for (std::int64_t tap = first_tap; tap < last_tap; ++tap) {
        const float* const row = input + tap * s.dilation * s.in_channels * sizes.plane;
        for (std::int64_t k = 0; k < s.taps[1]; ++k) {
            for (std::int64_t in = 0; in < s.in_channels; ++in, weights += channels) {
                V pixels[vectors];
                unrolled<vectors>([&](auto v)
                                      HWY_ATTR { pixels[v] = load_whole(row + in * sizes.plane + k + v * lanes()); });
                unrolled<channels>([&](auto c) HWY_ATTR {
                    const V weight = number(weights[c]);
                    unrolled<vectors>([&](auto v) HWY_ATTR { sums[v][c] = hn::MulAdd(pixels[v], weight, sums[v][c]); });
                });
            }
        }
    }
    const V low = number(clamp.low), high = number(clamp.high);
    V results[vectors][channels];  // not the sums themselves, which would not stay in registers
    unrolled<vectors>([&](auto v) HWY_ATTR {
        unrolled<channels>([&](auto c) HWY_ATTR {
            const V shifted = hn::Add(sums[v][c], number(bias != nullptr ? bias[c] : 0.0F));
            results[v][c] = clamped(shifted, low, high);
        });
    });
    unrolled<vectors>([&](auto v) HWY_ATTR {
        move_lanes<channels>(moves, results[v], [&](auto i, V values) HWY_ATTR {
            const std::int64_t at = (v * channels + i) * lanes();
            if (at + lanes() <= floats) {
                store_whole(values, y + at);
            } else if (at < floats) {
                store_part(values, y + at, floats - at);
            }
        });
    });
}

void forward(const PixelLaneSizes& sizes, std::int64_t first, std::int64_t last, const float* x, const float* w,
             const float* bias, const Clamp& clamp, const std::int32_t* moves, float* y, float* input) {
    const FewChannelSizes& s = sizes.convolution;
    with_constant<most_channels>(s.out_channels, [&](auto channels) HWY_ATTR {
        for (std::int64_t row = first; row < last;) {
            const Group group(sizes, row, last);
            copy_input(sizes, group, x, input);
            for (std::int64_t i = 0; i < group.count; ++i, ++row) {
                const float* const from = input + i * s.stride[0] * s.in_channels * sizes.plane;
                const auto take = [&]<int vectors>(std::integral_constant<int, vectors>, std::int64_t pixel) HWY_ATTR {
                    forward_pixels<channels, vectors>(sizes, group.first_tap(i), group.last_tap(i), from + pixel, w,
                                                      bias, clamp, moves, y + (row * s.out[1] + pixel) * channels,
                                                      (s.out[1] - pixel) * channels);
                };
                std::int64_t pixel = 0;
                for (; pixel + 2 * lanes() <= sizes.width; pixel += 2 * lanes()) {
                    take(std::integral_constant<int, 2>(), pixel);
                }
                if (pixel < sizes.width) take(std::integral_constant<int, 1>(), pixel);
            }
        }
    });
}

// The gradient of a group's outputs with channels apart, zeros after the last pixel of a row.
template <int channels>
HWY_INLINE void copy_upstream(const PixelLaneSizes& sizes, std::int64_t count, const float* dy,
                              const std::int32_t* moves, float* upstream) {
    const std::int64_t width = sizes.width, floats = sizes.convolution.out[1] * channels;
    for (std::int64_t i = 0; i < count; ++i, dy += floats, upstream += channels * width) {
        for (std::int64_t pixel = 0; pixel < width; pixel += lanes()) {
            V together[channels];
            unrolled<channels>([&](auto k) HWY_ATTR {
                const std::int64_t at = pixel * channels + k * lanes();
                together[k] = at + lanes() <= floats ? load_whole(dy + at)
                                                     : load_part(dy + at, std::max<std::int64_t>(floats - at, 0));
            });
            move_lanes<channels>(moves, together,
                                 [&](auto c, V values) HWY_ATTR { store_whole(values, upstream + c * width + pixel); });
        }
    }
}

// What `count` rows owe the gradients of `taps` neighbouring taps of one input channel.
template <int channels, int taps>
HWY_INLINE void add_taps(const PixelLaneSizes& sizes, std::int64_t count, const float* input, const float* upstream,
                         float* part) {
    const FewChannelSizes& s = sizes.convolution;
    const std::int64_t width = sizes.width, next = s.in_channels * channels * lanes();
    V sums[taps][channels];
    unrolled<taps>([&](auto t) HWY_ATTR {
        unrolled<channels>([&](auto c) HWY_ATTR { sums[t][c] = load_whole(part + t * next + c * lanes()); });
    });
    for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t pixel = 0; pixel < width; pixel += lanes()) {
            V slopes[channels];
            unrolled<channels>([&](auto c) HWY_ATTR { slopes[c] = load_whole(upstream + c * width + pixel); });
            unrolled<taps>([&](auto t) HWY_ATTR {
                const V pixels = load_whole(input + pixel + t);
                unrolled<channels>([&](auto c) HWY_ATTR { sums[t][c] = hn::MulAdd(pixels, slopes[c], sums[t][c]); });
            });
        }
        input += s.stride[0] * s.in_channels * sizes.plane;
        upstream += channels * width;
    }
    unrolled<taps>([&](auto t) HWY_ATTR {
        unrolled<channels>([&](auto c) HWY_ATTR { store_whole(sums[t][c], part + t * next + c * lanes()); });
    });
}

template <int channels>
HWY_INLINE void add_group(const PixelLaneSizes& sizes, const Group& group, const float* input, const float* upstream,
                          float* part) {
    const FewChannelSizes& s = sizes.convolution;
    const std::int64_t width = sizes.width, plane = sizes.plane;
    for (std::int64_t tap = 0; tap < s.taps[0]; ++tap) {
        std::int64_t begin = 0, end = group.count;
        while (begin < end && !group.sees(begin, tap)) ++begin;
        while (begin < end && !group.sees(end - 1, tap)) --end;
        if (begin == end) continue;
        for (std::int64_t in = 0; in < s.in_channels; ++in) {
            const float* const row = input + ((begin * s.stride[0] + tap * s.dilation) * s.in_channels + in) * plane;
            float* const sums = part + (tap * s.patch() + in) * channels * lanes();
            std::int64_t k = 0;
            const auto take = [&]<int taps>(std::integral_constant<int, taps>) HWY_ATTR {
                for (; k + taps <= s.taps[1]; k += taps) {
                    add_taps<channels, taps>(sizes, end - begin, row + k, upstream + begin * channels * width,
                                             sums + k * s.in_channels * channels * lanes());
                }
            };
            // As many sums as fit the registers beside the slopes and a vector of pixels.
            constexpr int most = (registers - 2 - channels) / channels;
            if constexpr (most >= 3) take(std::integral_constant<int, 3>());
            if constexpr (most >= 2) take(std::integral_constant<int, 2>());
            take(std::integral_constant<int, 1>());
        }
    }
    unrolled<channels>([&](auto c) HWY_ATTR {
        float* const bias = part + (s.taps[0] * s.patch() * channels + c) * lanes();
        V sum = load_whole(bias);
        for (std::int64_t i = 0; i < group.count; ++i) {
            for (std::int64_t pixel = 0; pixel < width; pixel += lanes()) {
                sum = hn::Add(sum, load_whole(upstream + (i * channels + c) * width + pixel));
            }
        }
        store_whole(sum, bias);
    });
}

void weight_sums(const PixelLaneSizes& sizes, std::int64_t first, std::int64_t last, const float* x, const float* dy,
                 const std::int32_t* moves, double* sums, float* part, float* input, float* upstream) {
    // A lane's sum stays a float over so many pixels; then they become doubles.
    constexpr std::int64_t pixels_in_float = 1024;
    const FewChannelSizes& s = sizes.convolution;
    std::fill_n(part, sizes.part_floats(), 0.0F);
    with_constant<most_channels>(s.out_channels, [&](auto channels) HWY_ATTR {
        std::int64_t pixels = 0;
        for (std::int64_t row = first; row < last;) {
            const Group group(sizes, row, last);
            copy_input(sizes, group, x, input);
            copy_upstream<channels>(sizes, group.count, dy + row * s.out[1] * channels, moves, upstream);
            add_group<channels>(sizes, group, input, upstream, part);
            row += group.count;
            pixels += group.count * sizes.width / lanes();
            if (pixels < pixels_in_float && row < last) continue;
            for (std::int64_t i = 0; i < sizes.sums(); ++i) {
                const V lanes_of_sum = load_whole(part + i * lanes());
                sums[i] += static_cast<double>(hn::GetLane(hn::SumOfLanes(Floats(), lanes_of_sum)));
            }
            std::fill_n(part, sizes.part_floats(), 0.0F);
            pixels = 0;
        }
    });
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(lanes_if_better);
HWY_EXPORT(forward);
HWY_EXPORT(weight_sums);

PixelLaneSizes pixel_lane_sizes(const FewChannelSizes& sizes) {
    constexpr std::int64_t floats_in_cache = 8192;
    PixelLaneSizes s{.convolution = sizes, .lanes = HWY_DYNAMIC_DISPATCH(lanes_if_better)(sizes)};
    if (s.lanes == 0) return s;
    s.width = (sizes.out[1] + s.lanes - 1) / s.lanes * s.lanes;
    s.plane = (s.width + sizes.taps[1] - 1 + 15) / 16 * 16;
    const std::int64_t floats_a_row = sizes.out_channels * s.width + sizes.stride[0] * sizes.in_channels * s.plane;
    s.group = std::clamp<std::int64_t>(floats_in_cache / floats_a_row, 1, sizes.out[0]);
    return s;
}

// For each vector its lanes' places in a pair of vectors, then the pairs.
std::vector<std::int32_t> pixel_lane_moves(const PixelLaneSizes& sizes, bool apart) {
    const std::int64_t lanes = sizes.lanes, channels = sizes.convolution.out_channels;
    std::vector<std::int32_t> moves;
    for (std::int64_t vector = 0; vector < channels; ++vector) {
        for (const bool pairs : {false, true}) {
            for (std::int64_t lane = 0; lane < lanes; ++lane) {
                const std::int64_t together = vector * lanes + lane;  // where it lies, (pixel, channel)
                const std::int64_t from =
                    apart ? lane * channels + vector : together % channels * lanes + together / channels;
                moves.push_back(static_cast<std::int32_t>(pairs ? from / (2 * lanes) : from % (2 * lanes)));
            }
        }
    }
    return moves;
}

void pixel_lanes_forward(const PixelLaneSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                         const float* w, const float* bias, const Clamp& clamp, const std::int32_t* moves, float* y,
                         float* input) {
    HWY_DYNAMIC_DISPATCH(forward)(sizes, first, last, x, w, bias, clamp, moves, y, input);
}
void pixel_lanes_weight_sums(const PixelLaneSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                             const float* dy, const std::int32_t* moves, double* sums, float* part, float* input,
                             float* upstream) {
    HWY_DYNAMIC_DISPATCH(weight_sums)(sizes, first, last, x, dy, moves, sums, part, input, upstream);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
