// What is fused to a convolution's gradients, around kernels that know nothing of it.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// The weight gradient kernel; where `unpools`, for the gradient of the result's 2x2 maxima, with their places as the
/// last input: the full map is made in scratch. Null where `kernel` is.
KernelPtr with_fusion(KernelPtr kernel, const ConvolutionSizes& sizes, bool unpools);

/// The input gradient kernel with all that `fusion` says; a line is added to float32 only. Null where `kernel` is.
KernelPtr with_fusion(KernelPtr kernel, const ConvolutionSizes& sizes, const ops::GradientFusion& fusion);

}  // namespace markhor::cpu
