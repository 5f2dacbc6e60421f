// Depthwise convolution kernels of our own, for the windows that networks use.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// Whether a convolution is one that depthwise_convolution computes.
bool is_depthwise(const ConvolutionSizes& sizes);

/// As dnnl_convolution; the tail must not add.
KernelPtr depthwise_convolution(const ConvolutionSizes& sizes, bool has_bias, ops::Epilogue epilogue);

}  // namespace markhor::cpu
