// What is fused to a convolution's gradients, around kernels that know nothing of it.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// The gradient kernel, whose input `upstream` is the gradient of the convolution's result, for that of its 2x2 maxima;
/// the last input holds their places. Makes the full map in scratch. Null where `kernel` is.
KernelPtr with_unpooling(KernelPtr kernel, std::size_t upstream, const ConvolutionSizes& sizes);

/// The input gradient kernel with all that `fusion` says; a line is added to float32 only. Null where `kernel` is.
KernelPtr with_fusion(KernelPtr kernel, const ConvolutionSizes& sizes, const ops::GradientFusion& fusion);

}  // namespace markhor::cpu
