// oneDNN behind one door: kernels made of its primitives. No other file includes its headers, and what differs between
// its versions 2 and 3 stays in dnnl.cpp.
#pragma once

#include "engine/cpu/isa.hpp"
#include "engine/cpu/kernels.hpp"
#include "ops/convolution.hpp"

namespace markhor::cpu {

/// How images and kernels, or matrices, lie in memory. Sums, biases and gradients of kernels are float32 in any case.
enum class Storage { float32, bfloat16 };

/// Keeps oneDNN from better instruction sets: to be called before its first primitive is made.
void cap_dnnl(Isa isa);

/// Whether this processor multiplies bfloat16 faster than float32.
bool has_bfloat16_products();

/// A convolution's sizes. Images are (batch, spatial…, channels), kernels (spatial…, in_channels / groups,
/// out_channels).
struct ConvolutionSizes {
    ConvolutionSizes(const ops::Window& window, std::int64_t groups, const Shape& image, std::int64_t out_channels);

    ops::Window window;
    std::int64_t batch, groups, in_channels, out_channels;
    ops::Spatial in, out;
    Storage storage = Storage::float32;
};

/// Inputs x, w[, bias][, added]. Null where oneDNN has nothing better than a reference loop; so are the others.
KernelPtr dnnl_convolution(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail);
/// Inputs dy, w; output dx.
KernelPtr dnnl_convolution_input_gradient(const ConvolutionSizes& sizes);
/// Inputs x, dy; outputs dw[, db].
KernelPtr dnnl_convolution_weight_gradient(const ConvolutionSizes& sizes, bool has_bias);

/// A matrix product's sizes: (m, k) (k, n), each operand transposed in memory where said.
struct MatMulSizes {
    std::int64_t m, k, n;
    bool transpose_a, transpose_b;
    Storage storage = Storage::float32;
};

/// Inputs a, b[, bias].
KernelPtr dnnl_matmul(const MatMulSizes& sizes, bool has_bias, ops::Epilogue epilogue);

}  // namespace markhor::cpu
