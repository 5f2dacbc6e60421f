// Winograd's minimal filtering F(4x4, 3x3) (Lavin & Gray, 2016: arXiv 1509.09308) in Keras's layouts, for 3x3 kernels
// of stride 1: 36 products instead of 144 for a tile of 4x4 outputs. Tiles are transformed, multiplied and transformed
// back in blocks that stay in cache, so nothing but the images and the kernel passes through memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

/// A convolution y = x * w with 3x3 taps: input row = output row + tap - pad, likewise columns. Images are (batch,
/// height, width, channels).
struct WinogradSizes {
    std::int64_t batch = 0;
    std::array<std::int64_t, 2> in{}, out{}, pad{};
    std::int64_t in_channels = 0, out_channels = 0;

    std::array<std::int64_t, 2> tiles_per_axis() const { return {(out[0] + 3) / 4, (out[1] + 3) / 4}; }
    std::int64_t tiles() const { return batch * tiles_per_axis()[0] * tiles_per_axis()[1]; }
};

/// Tiles are worked on in blocks of so many, which a thread keeps in its own cache. Where the transformed kernel does
/// not fit there beside them, all threads work on a larger block together, so that the kernel is read less often.
inline constexpr std::int64_t winograd_block = 48;
inline constexpr std::int64_t winograd_shared_block = 192;

/// Whether products and sums are rounded once, together (on x86 from AVX2 on). Where they are not, the transforms,
/// which subtract numbers of like size, lose up to 3e-5 of an output's scale, and these kernels are not taken.
bool winograd_fuses();

/// Output channels are padded to a multiple of this in what is transformed.
std::int64_t winograd_columns();

/// The padded output channels.
inline std::int64_t winograd_width(std::int64_t out_channels) {
    const std::int64_t columns = winograd_columns();
    return (out_channels + columns - 1) / columns * columns;
}
/// Floats between the 36 matrices of a transformed kernel, and of a block of tiles; a cache line more than they need,
/// so that the 36 do not fall into the same few sets of the cache.
inline std::int64_t winograd_kernel_step(std::int64_t in_channels, std::int64_t out_channels) {
    return in_channels * winograd_width(out_channels) + 16;
}
inline std::int64_t winograd_step(std::int64_t channels, std::int64_t block = winograd_block) {
    return block * channels + 16;
}
/// Floats of a transformed kernel.
inline std::int64_t winograd_kernel_floats(std::int64_t in_channels, std::int64_t out_channels) {
    return 36 * winograd_kernel_step(in_channels, out_channels);
}
/// Floats of a block of tiles, transformed.
inline std::int64_t winograd_block_floats(std::int64_t channels, std::int64_t block = winograd_block) {
    return 36 * winograd_step(channels, block);
}

/// Rows [first, last) (input channels) of a kernel (3, 3, in, out) transformed.
void winograd_kernel(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first, std::int64_t last,
                     const float* w, float* u);
/// The same for the kernel that takes the upstream gradient to the input's: (3, 3, out, in) turned by 180 degrees.
void winograd_turned_kernel(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first, std::int64_t last,
                            const float* w, float* u);

/// What a convolution reads.
struct WinogradImage {
    const float* values = nullptr;
    /// Null, or for values in place of 2x2 windows: which pixel of each (0 to 3, row by row) has the value; the others
    /// are 0. The sizes stay those of the full image.
    const std::uint8_t* places = nullptr;
};

/// What winograd_forward does with its sums.
struct WinogradTail {
    const float* bias = nullptr;          ///< null: none
    const float* added = nullptr;         ///< null: none; of y's shape, may be y
    const float* added_factor = nullptr;  ///< null: 1; of what is added, a number a channel
    Clamp clamp = {};
    bool pools = false;  ///< y (which may be null then) holds the maxima of 2x2 windows; sizes.out stays as is
    std::uint8_t* places = nullptr;  ///< null: none; with pools: the place of each maximum, the first one among equals
    const float* mask = nullptr;     ///< null: none; of y's shape: y is 0 where it is not above 0
};

/// y of tiles [first, last). v and m: winograd_block_floats of in_channels and of winograd_width(out_channels).
void winograd_forward(const WinogradSizes& sizes, std::int64_t first, std::int64_t last, const WinogradImage& x,
                      const float* u, const WinogradTail& tail, float* y, float* v, float* m);

/// The steps of the same for one block of `size` places at most, whose tiles begin with `first`; places and matrices
/// may be shared out between threads. v and m are as large as `size` asks for.
struct WinogradBlock {
    std::int64_t first = 0, count = 0, size = winograd_block;
    float *v = nullptr, *m = nullptr;
    std::uint64_t* seen = nullptr;  ///< for each place: which of the tile's pixels are not 0
};
void winograd_transform(const WinogradSizes& sizes, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
                        const WinogradImage& x);
/// Matrices [begin, end) of the 36.
void winograd_multiply(const WinogradSizes& sizes, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
                       const float* u);
void winograd_finish(const WinogradSizes& sizes, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
                     const WinogradTail& tail, float* y);

/// Adds what tiles [first, last) owe the transformed kernel's gradient du (36 times winograd_kernel_step(), each of
/// (in_channels, winograd_width(out_channels))) and, where db is not null, the bias gradient. v and z as above.
void winograd_weight_sums(const WinogradSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                          const WinogradImage& dy, float* du, float* db, float* v, float* z);
/// Rows [first, last) (input channels) of dw (3, 3, in, out) from du.
void winograd_weight_gradient(std::int64_t in_channels, std::int64_t out_channels, std::int64_t first,
                              std::int64_t last, const float* du, float* dw);

}  // namespace markhor::cpu
