// Convolutions in bfloat16 by the tiles of AMX, for windows of more than one element.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// As dnnl_convolution, for storage in bfloat16; null where the processor has no tiles or oneDNN is the faster way.
/// Pools, where the tail does, within the strips of rows it works by.
KernelPtr tile_convolution(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail);
KernelPtr tile_input_gradient(const ConvolutionSizes& sizes, const ops::GradientFusion& fusion);
KernelPtr tile_weight_gradient(const ConvolutionSizes& sizes, bool has_bias, bool unpools);

}  // namespace markhor::cpu
