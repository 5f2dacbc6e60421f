// Convolution (cross-correlation, as in every network library) over one to three spatial axes, and its two gradients.
// Images (batch, spatial…, channels); kernels (spatial…, in_channels / groups, out_channels).
#pragma once

#include "ops/window.hpp"

namespace markhor::ops {

/// What is applied to the result while it is still in registers. Set by the fusing pass, never by a layer.
enum class Epilogue { none, relu };

/// y = epilogue(conv(x, w) [+ b]). Inputs x, w[, b].
class Convolution final : public Op {
public:
    Convolution(Window window, std::int64_t groups, bool has_bias, Epilogue epilogue = Epilogue::none)
        : window(window), groups(groups), has_bias(has_bias), epilogue(epilogue) {}
    std::string_view name() const override { return "convolution"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
    const std::int64_t groups;
    const bool has_bias;
    const Epilogue epilogue;
};

/// dx from (dy, w), for an input of `input_shape`. Also the forward pass of a transposed convolution, so it has a
/// gradient itself.
class ConvolutionInputGradient final : public Op {
public:
    ConvolutionInputGradient(Window window, std::int64_t groups, Shape input_shape)
        : window(window), groups(groups), input_shape(std::move(input_shape)) {}
    std::string_view name() const override { return "convolution_input_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
    const std::int64_t groups;
    const Shape input_shape;
};

/// (dw[, db]) from (x, dy), for a kernel of `kernel_shape`; db, of shape (out_channels,), only with has_bias.
class ConvolutionWeightGradient final : public Op {
public:
    ConvolutionWeightGradient(Window window, std::int64_t groups, bool has_bias, Shape kernel_shape)
        : window(window), groups(groups), has_bias(has_bias), kernel_shape(std::move(kernel_shape)) {}
    std::string_view name() const override { return "convolution_weight_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
    const std::int64_t groups;
    const bool has_bias;
    const Shape kernel_shape;
};

/// bias may be an invalid Value.
Value convolution(Builder& builder, Value x, Value kernel, Value bias, const Window& window, std::int64_t groups = 1);

}  // namespace markhor::ops
