// Pooling and its gradients over (batch, depth, height, width, channels), vectorised over channels. A call does a range
// of units, so that the caller can spread them over threads. The gradients in bfloat16 are exact where windows do not
// overlap; elsewhere each addition rounds.
#pragma once

#include <cstdint>

#include "core/bfloat16.hpp"
#include "ops/window.hpp"

namespace markhor::cpu {

struct PoolingSizes {
    PoolingSizes(const ops::Window& window, const Shape& image)
        : window(window),
          batch(image[0]),
          channels(image.back()),
          in(window.spatial(image)),
          out(window.positions(in)) {}

    /// Rows of the output, (batch, depth, height): the units of a pooling.
    std::int64_t rows() const { return batch * out[0] * out[1]; }
    /// The axis along which windows that do not overlap cut the input into strips of its own for each position; -1:
    /// none.
    int strip_axis() const {
        const int axis = window.rank == 3 ? 0 : 1;
        return window.rank > 1 && window.is_apart(static_cast<std::size_t>(axis)) ? axis : -1;
    }
    /// Strips, or images where there are none: the units of a gradient.
    std::int64_t strips() const { return batch * (strip_axis() < 0 ? 1 : out[static_cast<std::size_t>(strip_axis())]); }

    ops::Window window;
    std::int64_t batch, channels;
    ops::Spatial in, out;
};

/// y and index may each be null.
void max_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y,
              std::uint8_t* index);
void max_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const BFloat16* x, BFloat16* y,
              std::uint8_t* index);
void average_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const float* x, float* y);
void average_pool(const PoolingSizes& sizes, std::int64_t first_row, std::int64_t last_row, const BFloat16* x,
                  BFloat16* y);
void max_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip, const float* dy,
                       const std::uint8_t* index, float* dx);
void max_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip, const BFloat16* dy,
                       const std::uint8_t* index, BFloat16* dx);
void average_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                           const float* dy, float* dx);
void average_pool_gradient(const PoolingSizes& sizes, std::int64_t first_strip, std::int64_t last_strip,
                           const BFloat16* dy, BFloat16* dx);

}  // namespace markhor::cpu
