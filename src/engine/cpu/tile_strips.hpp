// Strips of rows of images, as convolutions by tiles read them: each window row in one piece of memory.
#pragma once

#include "core/bfloat16.hpp"
#include "ops/window.hpp"

namespace markhor::cpu {

/// Bytes of a strip and what is made of it: half of a core's second-level cache.
inline constexpr std::int64_t strip_bytes = 1 << 20;

/// A convolution over two axes, from `in` to `out`. Groups are none.
struct StripGeometry {
    std::int64_t batch, in_channels, out_channels;
    ops::Window window;
    ops::Spatial in, out;
};

/// The input rows of strips of output rows, with the padding around them.
class StripRows {
public:
    /// `channels` and `pitch`: values of a pixel and pixels of a row in a strip, at least as many as in_channels and as
    /// the windows see.
    StripRows(const StripGeometry& geometry, std::int64_t channels, std::int64_t pitch)
        : g_(geometry),
          channels_(channels),
          pitch_(pitch),
          is_as_it_lies_(channels == g_.in_channels && pitch == g_.in[2] &&
                         g_.window.pad_before == ops::Spatial{0, 0, 0} && rows_seen(g_.out[1]) <= g_.in[1]) {}

    /// Input pixels that a row of windows sees.
    static std::int64_t width_seen(const StripGeometry& g) {
        return (g.out[2] - 1) * g.window.stride[2] + g.window.reach(2);
    }
    /// Input rows that so many output rows see.
    std::int64_t rows_seen(std::int64_t rows) const { return (rows - 1) * g_.window.stride[1] + g_.window.reach(1); }

    /// The strip under output rows [first, first + rows) of an image of x, of which `values` can be read: where it lies
    /// in x if it needs no padding, else in `own`. With places x is the gradient of the images' maxima in windows of
    /// 2x2 and in_channels a multiple of 32.
    const BFloat16* strip(const BFloat16* x, const std::uint8_t* places, std::int64_t image, std::int64_t first,
                          std::int64_t rows, std::int64_t values, BFloat16* own) const;

private:
    void copy(const BFloat16* x, const std::uint8_t* places, std::int64_t image, std::int64_t first, std::int64_t rows,
              BFloat16* strip) const;

    StripGeometry g_;
    std::int64_t channels_, pitch_;
    bool is_as_it_lies_;
};

}  // namespace markhor::cpu
