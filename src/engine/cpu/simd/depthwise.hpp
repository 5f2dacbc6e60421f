// Depthwise convolutions by 3x3 and 5x5 windows, one output channel an input channel, vectorised over channels.
#pragma once

#include <array>
#include <cstdint>

#include "engine/cpu/simd/clamp.hpp"

namespace markhor::cpu {

/// Images are (batch, height, width, channels), kernels (taps, taps, 1, channels). taps is 3 or 5, stride 1 or 2.
struct DepthwiseSizes {
    std::int64_t batch = 0, channels = 0, taps = 0, stride = 0;
    std::array<std::int64_t, 2> in{}, out{}, pad{};

    std::int64_t rows() const { return batch * out[0]; }
};

/// Output rows [first, last) of all images. bias may be null; zeros: `channels` of them.
void depthwise(const DepthwiseSizes& sizes, std::int64_t first, std::int64_t last, const float* x, const float* w,
               const float* bias, const float* zeros, const Clamp& clamp, float* y);

}  // namespace markhor::cpu
