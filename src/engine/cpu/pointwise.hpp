// Convolution kernels for 1x1 windows: products with packed weights.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// Whether a convolution is one that pointwise_convolution computes.
bool is_pointwise(const ConvolutionSizes& sizes);

/// As dnnl_convolution.
KernelPtr pointwise_convolution(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail);

}  // namespace markhor::cpu
