// Our own convolution in Keras's layouts, vectorised through Highway for whatever the machine has. Plain pointers in,
// plain pointers out: this file knows nothing of graphs. engine/cpu/convolution.cpp decides when it is used.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace markhor::cpu {

/// One convolution's geometry, always with three spatial dimensions (depth, height, width; missing leading ones are 1).
/// Images are (batch, depth, height, width, channels), kernels (depth, height, width, in_channels / groups,
/// out_channels), both dense and row-major. out[i] positions per axis; input index = out*stride + tap*dilation - pad.
struct ConvolutionGeometry {
    std::int64_t batch = 0;
    std::array<std::int64_t, 3> in{1, 1, 1};
    std::array<std::int64_t, 3> out{1, 1, 1};
    std::array<std::int64_t, 3> kernel{1, 1, 1};
    std::array<std::int64_t, 3> stride{1, 1, 1};
    std::array<std::int64_t, 3> dilation{1, 1, 1};
    std::array<std::int64_t, 3> pad{0, 0, 0};  // zeros before the first element of each axis
    std::int64_t in_channels = 0;
    std::int64_t out_channels = 0;
    std::int64_t groups = 1;
};

enum class Epilogue { none, relu };

/// Bytes of scratch (64-byte aligned by the caller) that the call of the same name needs for this geometry and the
/// current num_threads().
std::size_t convolution_scratch(const ConvolutionGeometry& g);
std::size_t convolution_input_gradient_scratch(const ConvolutionGeometry& g);
std::size_t convolution_weight_gradient_scratch(const ConvolutionGeometry& g);

/// y = epilogue(conv(x, w) + bias); bias may be null.
void convolution(const ConvolutionGeometry& g, const float* x, const float* w, const float* bias, Epilogue epilogue,
                 float* y, std::byte* scratch);

/// dx = d(sum(y * dy))/dx.
void convolution_input_gradient(const ConvolutionGeometry& g, const float* dy, const float* w, float* dx,
                                std::byte* scratch);

/// dw = d(sum(y * dy))/dw and, where db is not null, db = the sum of dy over batch and space. Repeatable bit for bit for
/// the same number of threads.
void convolution_weight_gradient(const ConvolutionGeometry& g, const float* x, const float* dy, float* dw, float* db,
                                 std::byte* scratch);

}  // namespace markhor::cpu
