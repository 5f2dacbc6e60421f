// A convolution's weight gradient by strips of rows: sums over pixels of the image (by channels, its pixels one behind
// the other, so that a tap of the window is a shift) times the gradient (by pairs of pixels). Both are taken as one
// sequence over all rows of a strip; between rows the gradient has zeros. Each thread sums its own strips, and the
// threads' sums are added in order. Of images of few channels a row of the window is one tile.
#include <numeric>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/simd/tiles.hpp"
#include "engine/cpu/tile_convolution.hpp"
#include "engine/cpu/tile_strips.hpp"

namespace markhor::cpu {
namespace {

constexpr std::int64_t most_sums_bytes = 5 << 18;  // more are read and written too often

std::int64_t even(std::int64_t count) { return (count + 1) / 2 * 2; }

class WeightSums {
public:
    WeightSums(const StripGeometry& g, bool unpools)
        : g_(g),
          unpools_(unpools),
          few_channels_(g.in_channels % tile_depth != 0),
          depth_(few_channels_ ? g.window.size[2] * g.in_channels : g.in_channels),
          pitch_(even(StripRows::width_seen(g))),
          inputs_(g, g.in_channels, pitch_),
          threads_(num_threads()) {
        const std::int64_t row_bytes = pitch_ * (2 * depth_ + g.out_channels) * std::int64_t{sizeof(BFloat16)};
        rows_ = std::clamp<std::int64_t>(strip_bytes / row_bytes, 1, g.out[1]);
        strips_ = (g.out[1] + rows_ - 1) / rows_;
        rows_ = (g.out[1] + strips_ - 1) / strips_;
        strips_ = (g.out[1] + rows_ - 1) / rows_;

        sums_.rows = few_channels_ ? depth_ : tile_rows;
        sums_.a_tiles = few_channels_ ? 1 : depth_ / tile_rows;
        sums_.b_tiles = g.out_channels / tile_rows;
        for (std::int64_t kh = 0; kh < g.window.size[1]; ++kh) {
            for (std::int64_t kw = 0; kw < (few_channels_ ? 1 : g.window.size[2]); ++kw)
                sums_.shifts.push_back(kh * g.window.dilation[1] * pitch_ + kw * g.window.dilation[2]);
        }
        length_ = whole_steps(steps(rows_) * tile_depth + sums_.shifts.back());
        sums_.a_pitch = length_ / tile_depth % 2 == 0 ? length_ + tile_depth : length_;  // rows in different cache sets
        sums_.b_pitch = steps(rows_) * tile_rows * tile_depth;

        strip_ = place_.take<BFloat16>(inputs_.rows_seen(rows_) * pitch_ * g.in_channels);
        by_channel_ = place_.take<BFloat16>(sums_.a_pitch * depth_);
        by_pairs_ = place_.take<BFloat16>(sums_.b_pitch * sums_.b_tiles);
        products_ = place_.take(sums_.sums());
        totals_ = place_.take(g.out_channels);
    }

    std::size_t scratch_bytes() const { return place_.bytes() * static_cast<std::size_t>(threads_); }

    /// dw and db may each be null.
    void run(const KernelArguments& a, float* dw, float* db) const {
        parallel_for(threads_, 1, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t thread = first; thread < last; ++thread) sum(thread, a);
        });
        parallel_for(taps() * depth_, 64, [&](std::int64_t first, std::int64_t last) {
            if (dw == nullptr) return;
            for (std::int64_t row = first; row < last; ++row) add_up(row, a, dw + row * g_.out_channels);
        });
        if (db == nullptr) return;
        for (std::int64_t c = 0; c < g_.out_channels; ++c) {
            db[c] = 0;
            for (int thread = 0; thread < threads_; ++thread) db[c] += own<float>(a, thread, totals_)[c];
        }
    }

private:
    static std::int64_t whole_steps(std::int64_t values) { return (values + tile_depth - 1) / tile_depth * tile_depth; }
    std::int64_t steps(std::int64_t rows) const { return whole_steps(rows * pitch_) / tile_depth; }
    std::int64_t taps() const { return static_cast<std::int64_t>(sums_.shifts.size()); }
    template <class T>
    T* own(const KernelArguments& a, std::int64_t thread, std::size_t place) const {
        return Scratch::at<T>(a, static_cast<std::size_t>(thread) * place_.bytes() + place);
    }

    // Of an image's gradient, or its maxima's.
    std::int64_t dy_pixels() const { return unpools_ ? g_.out[1] / 2 * (g_.out[2] / 2) : g_.out[1] * g_.out[2]; }

    // A thread's strips.
    void sum(std::int64_t thread, const KernelArguments& a) const {
        auto* const products = own<float>(a, thread, products_);
        auto* const totals = own<float>(a, thread, totals_);
        auto* const by_channel = own<BFloat16>(a, thread, by_channel_);
        auto* const by_pairs = own<BFloat16>(a, thread, by_pairs_);
        std::fill_n(products, sums_.sums(), 0.0F);
        std::fill_n(totals, g_.out_channels, 0.0F);
        const std::int64_t units = g_.batch * strips_;
        for (std::int64_t unit = units * thread / threads_; unit < units * (thread + 1) / threads_; ++unit) {
            const std::int64_t image = unit / strips_;
            const std::int64_t first = unit % strips_ * rows_;
            const std::int64_t rows = std::min(rows_, g_.out[1] - first);
            const std::int64_t pixels = inputs_.rows_seen(rows) * pitch_;
            const BFloat16* const strip = inputs_.strip(a.in<BFloat16>(0), nullptr, image, first, rows,
                                                        pixels * g_.in_channels, own<BFloat16>(a, thread, strip_));
            if (few_channels_) {
                lay_out_few(pixels, strip, by_channel);
            } else {
                transpose_pixels(pixels, length_, depth_, strip, sums_.a_pitch, by_channel);
            }
            const std::int64_t at = image * dy_pixels() * g_.out_channels;
            pair_pixels({.first = first,
                         .count = rows,
                         .width = g_.out[2],
                         .channels = g_.out_channels,
                         .dy = a.in<BFloat16>(1) + at,
                         .places = unpools_ ? a.in<std::uint8_t>(2) + at : nullptr,
                         .height = g_.out[1]},
                        pitch_, sums_.b_pitch, by_pairs, totals);
            for (std::int64_t tile = 0; tile < sums_.b_tiles; ++tile) {
                BFloat16* const pairs = by_pairs + tile * sums_.b_pitch;
                std::fill(pairs + rows * pitch_ * tile_rows, pairs + steps(rows) * tile_depth * tile_rows,
                          BFloat16(0.0F));
            }
            add_products(sums_, steps(rows), by_channel, by_pairs, products);
        }
    }

    // Each channel's pixels one behind the other, once for each column of the window, later by so many pixels.
    void lay_out_few(std::int64_t pixels, const BFloat16* strip, BFloat16* to) const {
        const BFloat16 zero(0.0F);
        for (std::int64_t c = 0; c < g_.in_channels; ++c) {
            BFloat16* const plane = to + c * sums_.a_pitch;
            for (std::int64_t pixel = 0; pixel < pixels; ++pixel) plane[pixel] = strip[pixel * g_.in_channels + c];
            std::fill(plane + pixels, plane + std::max(pixels, length_), zero);
            for (std::int64_t kw = 1; kw < g_.window.size[2]; ++kw) {
                const std::int64_t shift = kw * g_.window.dilation[2];
                BFloat16* const row = plane + kw * g_.in_channels * sums_.a_pitch;
                std::fill(std::copy(plane + shift, plane + length_, row), row + length_, zero);
            }
        }
    }

    // All threads' sums of a row of dw: of a tap, and a channel (of a column of the window).
    void add_up(std::int64_t row, const KernelArguments& a, float* dw) const {
        const std::int64_t tap = row / depth_;
        const std::int64_t channel = row % depth_;
        for (std::int64_t tile = 0; tile < sums_.b_tiles; ++tile, dw += tile_rows) {
            const std::int64_t tiles = (tap * sums_.a_tiles + channel / tile_rows) * sums_.b_tiles + tile;
            const std::int64_t at = (tiles * tile_rows + channel % tile_rows) * tile_rows;
            std::fill_n(dw, tile_rows, 0.0F);
            for (int thread = 0; thread < threads_; ++thread) {
                const float* const part = own<float>(a, thread, products_) + at;
                for (std::int64_t i = 0; i < tile_rows; ++i) dw[i] += part[i];
            }
        }
    }

    StripGeometry g_;
    bool unpools_;
    bool few_channels_;
    std::int64_t depth_;  // rows of a: channels, of each column of the window if few
    std::int64_t pitch_;  // pixels of a strip's row
    StripRows inputs_;
    int threads_;
    std::int64_t rows_ = 1, strips_ = 1;
    std::int64_t length_ = 0;  // pixels of a strip by channels, with the zeros behind
    TileSums sums_{};
    Scratch place_;  // of a thread
    std::size_t strip_ = 0, by_channel_ = 0, by_pairs_ = 0, products_ = 0, totals_ = 0;
};

}  // namespace

KernelPtr tile_weight_gradient(const ConvolutionSizes& sizes, bool has_bias, bool unpools) {
    const StripGeometry g{sizes.batch, sizes.in_channels, sizes.out_channels, sizes.window, sizes.in, sizes.out};
    const std::int64_t taps = g.window.size[1] * g.window.size[2];
    if (!has_tiles() || sizes.groups != 1 || g.window.rank != 2 || taps == 1 || g.out_channels % 32 != 0 ||
        g.window.stride != ops::Spatial{1, 1, 1}) {
        return nullptr;
    }
    if (g.in_channels % tile_depth == 0) {
        if (taps * g.in_channels * g.out_channels * std::int64_t{sizeof(float)} > most_sums_bytes) return nullptr;
    } else if (g.window.size[2] * g.in_channels > tile_rows) {
        return nullptr;
    }
    const auto sums = std::make_shared<const WeightSums>(g, unpools);
    return make_kernel(
        "amx strips",
        [sums, has_bias](const KernelArguments& a) {
            sums->run(a, a.out<float>(0), has_bias ? a.out<float>(1) : nullptr);
        },
        sums->scratch_bytes());
}

}  // namespace markhor::cpu
