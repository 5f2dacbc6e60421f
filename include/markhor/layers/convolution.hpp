// Convolution layers over one, two and three spatial axes, as keras.layers has them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <markhor/activation_function.hpp>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
#include <markhor/regularizers.hpp>
#include <string>

namespace markhor::layers {

struct ConvolutionOptions {
    Ints strides = 1;
    std::string padding = "valid";  ///< "valid", "same"; for Conv1D also "causal"
    std::string data_format = "channels_last";
    Ints dilation_rate = 1;
    std::int64_t groups = 1;
    ActivationFunction activation = "linear";
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint bias_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// Cross-correlation of (batch, spatial…, channels) with `filters` kernels, plus a bias, through an activation. Output
/// (batch, positions…, filters): floor((n - dilation (k - 1) - 1) / stride) + 1 positions for "valid", ceil(n / stride)
/// for "same". Weights: kernel (k…, channels / groups, filters), bias (filters,). Throws ValueError for arguments out
/// of range, strides and dilation_rate both above 1, or filters that groups does not divide; ShapeError, when called,
/// for a map that the kernel does not fit. https://keras.io/api/layers/convolution_layers/convolution2d/
template <int Rank>
class Convolution : public Layer {
public:
    Convolution(std::int64_t filters, Ints kernel_size, const ConvolutionOptions& options = {});
};
using Conv1D = Convolution<1>;
using Conv2D = Convolution<2>;
using Conv3D = Convolution<3>;

struct ConvolutionTransposeOptions {
    Ints strides = 1;
    std::string padding = "valid";
    Ints output_padding = {};  ///< None: as large as the stride allows for "valid", stride times the input for "same"
    std::string data_format = "channels_last";
    Ints dilation_rate = 1;
    ActivationFunction activation = "linear";
    bool use_bias = true;
    Initializer kernel_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint bias_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// The way back of a convolution: each element of (batch, positions…, channels) adds its multiple of a kernel to
/// (batch, spatial…, filters). Output n stride + max(k - stride, 0) for "valid" (k with its dilation), n stride for
/// "same"; with output_padding (n - 1) stride + k + output_padding, or (n - 1) stride + k mod 2 + output_padding.
/// Weights: kernel (k…, filters, channels), bias (filters,). Throws ValueError for arguments out of range, strides and
/// dilation_rate both above 1, or an output_padding that is not below the stride.
/// https://keras.io/api/layers/convolution_layers/convolution2d_transpose/
template <int Rank>
class ConvolutionTranspose : public Layer {
public:
    ConvolutionTranspose(std::int64_t filters, Ints kernel_size, const ConvolutionTransposeOptions& options = {});
};
using Conv1DTranspose = ConvolutionTranspose<1>;
using Conv2DTranspose = ConvolutionTranspose<2>;
using Conv3DTranspose = ConvolutionTranspose<3>;

struct DepthwiseConvolutionOptions {
    Ints strides = 1;
    std::string padding = "valid";
    std::int64_t depth_multiplier = 1;
    std::string data_format = "channels_last";
    Ints dilation_rate = 1;
    ActivationFunction activation = "linear";
    bool use_bias = true;
    Initializer depthwise_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer depthwise_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint depthwise_constraint = {};
    Constraint bias_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// Each channel convolved with depth_multiplier kernels of its own; output channel c * depth_multiplier + m. Weights:
/// kernel (k…, channels, depth_multiplier), bias (channels * depth_multiplier,). Geometry and errors as Convolution's.
template <int Rank>
class DepthwiseConvolution : public Layer {
public:
    explicit DepthwiseConvolution(Ints kernel_size, const DepthwiseConvolutionOptions& options = {});
    explicit DepthwiseConvolution(std::initializer_list<std::int64_t> kernel_size,
                                  const DepthwiseConvolutionOptions& options = {})
        : DepthwiseConvolution(Ints(kernel_size), options) {}
};
using DepthwiseConv1D = DepthwiseConvolution<1>;
using DepthwiseConv2D = DepthwiseConvolution<2>;

struct SeparableConvolutionOptions {
    Ints strides = 1;
    std::string padding = "valid";
    std::string data_format = "channels_last";
    Ints dilation_rate = 1;
    std::int64_t depth_multiplier = 1;
    ActivationFunction activation = "linear";
    bool use_bias = true;
    Initializer depthwise_initializer = "glorot_uniform";
    Initializer pointwise_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer depthwise_regularizer = {};
    Regularizer pointwise_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint depthwise_constraint = {};
    Constraint pointwise_constraint = {};
    Constraint bias_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// A depthwise convolution without bias, then one of size 1 that mixes the channels (Chollet, 2017). Weights:
/// depthwise_kernel (k…, channels, depth_multiplier), pointwise_kernel (1…, channels * depth_multiplier, filters), bias
/// (filters,).
template <int Rank>
class SeparableConvolution : public Layer {
public:
    SeparableConvolution(std::int64_t filters, Ints kernel_size, const SeparableConvolutionOptions& options = {});
};
using SeparableConv1D = SeparableConvolution<1>;
using SeparableConv2D = SeparableConvolution<2>;

}  // namespace markhor::layers
