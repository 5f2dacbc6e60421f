// Convolution kernels by Winograd's minimal filtering, for 3x3 windows of stride 1 over two axes.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// Whether a convolution is of the kind these kernels compute, and they are the faster way by the cost model of
/// winograd.cpp.
bool prefers_winograd(const ConvolutionSizes& sizes);
bool prefers_winograd_input_gradient(const ConvolutionSizes& sizes);
bool prefers_winograd_weight_gradient(const ConvolutionSizes& sizes);

/// As dnnl_convolution and its companions.
KernelPtr winograd_convolution(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail);
KernelPtr winograd_input_gradient(const ConvolutionSizes& sizes, const ops::GradientFusion& fusion);
KernelPtr winograd_convolution_weight_gradient(const ConvolutionSizes& sizes, bool has_bias, bool unpools);

}  // namespace markhor::cpu
