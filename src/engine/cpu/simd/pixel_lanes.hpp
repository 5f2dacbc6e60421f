// Convolution of images of few channels to few channels, and the gradient of its kernel, with neighbouring pixels of a
// row in the lanes of a vector: the output channels would leave most of them empty.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/cpu/simd/few_channels.hpp"

namespace markhor::cpu {

/// A stride of one along the width. Some output rows of an image are computed together, from copies of the input rows
/// under them with channels apart and padding.
struct PixelLaneSizes {
    FewChannelSizes convolution;
    std::int64_t lanes = 0;  // of a vector; 0: these kernels do not pay
    std::int64_t width = 0;  // output pixels of a row in whole vectors
    std::int64_t plane = 0;  // floats of one channel of an input row
    std::int64_t group = 0;  // rows together

    /// Floats of scratch for a group's input rows.
    std::int64_t input_floats() const {
        const FewChannelSizes& s = convolution;
        return ((group - 1) * s.stride[0] + (s.taps[0] - 1) * s.dilation + 1) * s.in_channels * plane;
    }
    /// Floats of scratch for the gradient of a group's outputs.
    std::int64_t upstream_floats() const { return group * convolution.out_channels * width; }
    /// Elements of the kernel's and the bias's gradient.
    std::int64_t sums() const { return (convolution.taps[0] * convolution.patch() + 1) * convolution.out_channels; }
    std::int64_t part_floats() const { return sums() * lanes; }
};

PixelLaneSizes pixel_lane_sizes(const FewChannelSizes& sizes);

/// For a vector's worth of pixels, where each of the vectors in memory takes its lanes from when there is one vector
/// for each channel (`apart` false), or the other way round.
std::vector<std::int32_t> pixel_lane_moves(const PixelLaneSizes& sizes, bool apart);

/// Output rows [first, last) of all images; `moves` not apart, `w` as the user has it, `input` scratch.
void pixel_lanes_forward(const PixelLaneSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                         const float* w, const float* bias, const Clamp& clamp, const std::int32_t* moves, float* y,
                         float* input);

/// sums (taps, taps, in, out) += what output rows [first, last) owe the kernel's gradient, and behind them (out) the
/// bias's. `moves` apart; `part`, `input` and `upstream` scratch.
void pixel_lanes_weight_sums(const PixelLaneSizes& sizes, std::int64_t first, std::int64_t last, const float* x,
                             const float* dy, const std::int32_t* moves, double* sums, float* part, float* input,
                             float* upstream);

}  // namespace markhor::cpu
