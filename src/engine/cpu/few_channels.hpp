// Convolution kernels for images of few channels: the first layer's, which oneDNN computes at a fraction of its speed.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// Whether a convolution is one that these kernels compute.
bool has_few_channels(const ConvolutionSizes& sizes);

/// As dnnl_convolution (but adding nothing) and dnnl_convolution_weight_gradient; null where the output channels do not
/// fill registers.
KernelPtr few_channels_convolution(const ConvolutionSizes& sizes, bool has_bias, ops::Epilogue epilogue);
KernelPtr few_channels_weight_gradient(const ConvolutionSizes& sizes, bool has_bias);
/// As dnnl_convolution_input_gradient; null where it is not such a convolution, or the kernel's rows do not fill
/// registers.
KernelPtr few_channels_input_gradient(const ConvolutionSizes& sizes);

}  // namespace markhor::cpu
