// Convolution of images of few channels (grey or colour pictures) over two axes, and the gradient of its kernel: a row
// of taps and the channels under it lie side by side in memory, so an output is a handful of short products that stay
// in registers.
#pragma once

#include <array>
#include <cstdint>

#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

/// Images are (batch, height, width, channels), kernels (taps, taps, in, out); no dilation along the width.
struct FewChannelSizes {
    std::int64_t batch = 0;
    std::array<std::int64_t, 2> in{}, out{}, taps{}, stride{}, pad{};
    std::int64_t dilation = 1;  // along the height
    std::int64_t in_channels = 0, out_channels = 0;

    std::int64_t rows() const { return batch * out[0]; }
    /// Floats of an input row with its padding.
    std::int64_t row_floats() const { return ((out[1] - 1) * stride[1] + taps[1]) * in_channels; }
    std::int64_t patch() const { return taps[1] * in_channels; }
};

/// Output channels padded to whole registers.
std::int64_t few_channels_width(std::int64_t out_channels);
/// Floats of the kernel packed for few_channels_forward.
inline std::int64_t few_channels_kernel_floats(const FewChannelSizes& s) {
    return s.taps[0] * s.patch() * few_channels_width(s.out_channels);
}
/// Floats of scratch that each call needs for its rows.
inline std::int64_t few_channels_row_floats(const FewChannelSizes& s) { return s.taps[0] * s.row_floats(); }

/// Whether the kernel as the user has it is packed already: its output channels are one or two whole registers.
bool few_channels_are_packed(const FewChannelSizes& sizes);
void few_channels_kernel(const FewChannelSizes& sizes, const float* w, float* packed);

/// Output rows [first, last) of all images.
void few_channels_forward(const FewChannelSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                          const float* packed, const float* bias, const Clamp& clamp, float* y, float* rows);

/// sums (taps, taps, in, width) += what output rows [first, last) owe the kernel's gradient, and behind them (width)
/// the bias's. `part` has as many floats as `sums` has doubles.
void few_channels_weight_sums(const FewChannelSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                              const float* dy, double* sums, float* part, float* rows);

}  // namespace markhor::cpu
