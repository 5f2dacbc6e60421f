// Products of matrices in bfloat16 by the tiles of AMX, and convolutions that are such products.
#pragma once

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

/// As dnnl_matmul and dnnl_convolution, for storage in bfloat16; null where the processor has no tiles or oneDNN is the
/// faster way.
KernelPtr tile_matmul(const MatMulSizes& sizes, bool has_bias, ops::Epilogue epilogue);
KernelPtr tile_pointwise(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail);

}  // namespace markhor::cpu
