// Products of bfloat16 by tiles: the matrix registers of AMX, 16 rows of 64 bytes each. Sums are float32. On other
// processors has_tiles() is false, and nothing else here may be called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bfloat16.hpp"
#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

/// Rows or columns of a tile, and the values of bfloat16 in one of its rows.
inline constexpr std::int64_t tile_rows = 16;
inline constexpr std::int64_t tile_depth = 32;

/// Elements of a result that leaves no room for others in the caches: TileProduct::streams.
inline constexpr std::int64_t streamed_elements = 4 << 20;

/// Whether this processor has tiles and the system lets this process use them.
bool has_tiles();

/// A product of rows that lie in memory as a convolution's windows do, each in a number of steps of at most 32 values.
struct TileProduct {
    std::int64_t row_bytes;             ///< from one row to the next within a tile
    std::vector<std::int64_t> offsets;  ///< [step], bytes from a row's start to its values
    std::int64_t pairs;                 ///< of values in a step: at most 16
    std::int64_t columns;               ///< a multiple of 32
    Clamp clamp;                        ///< of the results
    std::vector<std::int64_t> starts;   ///< [tile], bytes from x to the tile's first row; an even number of tiles
    std::vector<std::int32_t> places;   ///< [tile][16], the row of y that a row's result goes to
    bool streams = false;               ///< results pass by the caches: y is aligned to lines

    std::int64_t steps() const { return static_cast<std::int64_t>(offsets.size()); }
    /// Values of the other factor as tiles, [columns / 32][step][2][pair][16][2].
    std::int64_t weights() const { return columns * steps() * pairs * 2; }
    /// Where a value of the other factor lies among those.
    std::int64_t weight_at(std::int64_t step, std::int64_t value, std::int64_t column) const {
        const std::int64_t tile = (column / 32 * steps() + step) * 2 + column / 16 % 2;
        return ((tile * pairs + value / 2) * 16 + column % 16) * 2 + value % 2;
    }
};

/// What a TileProduct is run on. bias, added and mask may be null.
struct TileOperands {
    const std::byte* x = nullptr;
    const BFloat16* weights = nullptr;
    const float* bias = nullptr;
    const BFloat16* added = nullptr;
    const BFloat16* mask = nullptr;  ///< a relu's result: y is 0 where this is not above 0
    std::int64_t tiles = 0;          ///< of the product's, an even number
    std::int32_t limit = 0;
    std::int64_t first_column = 0, last_column = -1;  ///< those that are wanted, multiples of 32; -1: all
    BFloat16* y = nullptr;
};

/// y[place] = clamp(x[row] * weights [+ bias] [+ added[place]]) for the rows whose place is in [0, limit).
void tile_product(const TileProduct& product, const TileOperands& on);

/// Columns [first, last) of a matrix [32 * steps][columns] as a product's weights.
void pack_columns(const TileProduct& product, std::int64_t first, std::int64_t last, const BFloat16* matrix,
                  BFloat16* weights);

/// Pixels of 3 channels with a 0 as the fourth.
void pad_channels(std::int64_t pixels, const BFloat16* from, BFloat16* to);

/// Max pooling by 2x2 windows, stride 2, of one image with so many pixels from a row to the next: numbers that are not
/// negative (nor -0), where one that is not a number wins. `channels` is a multiple of 32. `places` gets the first
/// maximum's place in its window; it may be null.
void pool_positive(std::int64_t rows, std::int64_t columns, std::int64_t channels, std::int64_t pitch,
                   const BFloat16* x, BFloat16* y, std::uint8_t* places);

/// Row 0 or 1 of the gradient of such windows, 2 * columns pixels, from that of their maxima.
void unpool_row(int row, std::int64_t columns, std::int64_t channels, const BFloat16* dy, const std::uint8_t* places,
                BFloat16* to);

/// Products of rows of a with columns of b, summed over many values that lie one behind the other: pixels, where a is
/// an image by channels, b a gradient, and the sums a kernel's gradient.
struct TileSums {
    std::int64_t rows;                 ///< of a tile of a: at most 16
    std::int64_t a_tiles, b_tiles;     ///< one of them is even
    std::int64_t a_pitch;              ///< values from a row of a to the next
    std::int64_t b_pitch;              ///< values from a tile of b to the next
    std::vector<std::int64_t> shifts;  ///< [tap], values that a is read later by

    std::int64_t sums() const {
        return static_cast<std::int64_t>(shifts.size()) * a_tiles * b_tiles * tile_rows * tile_rows;
    }
};

/// Adds to sums, [tap][tile of a][tile of b][16][16], over 32 values a step. b is [tile][pair of values][16][2].
void add_products(const TileSums& s, std::int64_t steps, const BFloat16* a, const BFloat16* b, float* sums);

/// to[channel * pitch + pixel] = x[pixel * channels + channel], and zeros up to `length` pixels, of which there may be
/// fewer than pixels. `length` and pitch are multiples of 32, and so is `channels`.
void transpose_pixels(std::int64_t pixels, std::int64_t length, std::int64_t channels, const BFloat16* x,
                      std::int64_t pitch, BFloat16* to);

/// Rows of a gradient: `count` of them from `first` on, of `width` pixels of so many channels, a multiple of 32. With
/// places, of an image's maxima in windows of 2x2 (see unpool_row), whose gradient stands for that of the rows.
struct GradientRows {
    std::int64_t first, count, width, channels;
    const BFloat16* dy;          ///< of the image
    const std::uint8_t* places;  ///< null: none
    std::int64_t height;         ///< of the image
};

/// b of TileSums, for tiles b_pitch values apart; each row becomes an even number, `pitch`, of pixels, with zeros
/// behind. Adds the sum over pixels to totals[channel].
void pair_pixels(const GradientRows& rows, std::int64_t pitch, std::int64_t b_pitch, BFloat16* to, float* totals);

}  // namespace markhor::cpu
