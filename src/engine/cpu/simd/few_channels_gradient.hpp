// The gradient of a convolution's input where that has few channels: a row of taps and their channels together fill
// vectors that the channels alone would leave empty. What each output owes the pixels under a row of taps is one short
// product; then each pixel adds up what lies over it.
#pragma once

#include "engine/cpu/simd/few_channels.hpp"

namespace markhor::cpu {

/// Columns of the products, whole vectors; 0 where these kernels do not pay. For strides of one.
std::int64_t few_channels_gradient_columns(const FewChannelSizes& sizes);
/// Floats of scratch that each call needs.
inline std::int64_t few_channels_gradient_floats(const FewChannelSizes& sizes, std::int64_t columns) {
    return (sizes.out[1] + 1) * columns;
}

/// The kernel (taps, taps, in, out) as (columns / 2 vectors, taps, out, 2 vectors).
void few_channels_gradient_kernel(const FewChannelSizes& sizes, const float* w, float* packed);

/// Input rows [first, last) of all images.
void few_channels_gradient(const FewChannelSizes& sizes, std::int64_t first, std::int64_t last, const float* dy,
                           const float* packed, float* dx, float* products);

}  // namespace markhor::cpu
