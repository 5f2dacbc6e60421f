// Max and average pooling over windows, and their gradients. Padding never wins a maximum and never counts in an
// average.
#pragma once

#include "ops/window.hpp"

namespace markhor::ops {

/// (y, index) from x. index is uint8: the winner's place in its window, row-major, the first one among equals (as
/// TensorFlow's gradient has it). Windows of more than 256 elements are refused with ShapeError by outputs().
class MaxPool final : public Op {
public:
    explicit MaxPool(Window window) : window(window) {}
    std::string_view name() const override { return "max_pool"; }
    std::string attributes() const override { return window.str(); }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
};

/// dx from (dy, index), for an input of `input_shape`.
class MaxPoolGradient final : public Op {
public:
    MaxPoolGradient(Window window, Shape input_shape) : window(window), input_shape(std::move(input_shape)) {}
    std::string_view name() const override { return "max_pool_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;

    const Window window;
    const Shape input_shape;
};

/// y from x: each window's sum over its count of real elements.
class AveragePool final : public Op {
public:
    explicit AveragePool(Window window) : window(window) {}
    std::string_view name() const override { return "average_pool"; }
    std::string attributes() const override { return window.str(); }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
};

/// dx from dy, for an input of `input_shape`.
class AveragePoolGradient final : public Op {
public:
    AveragePoolGradient(Window window, Shape input_shape) : window(window), input_shape(std::move(input_shape)) {}
    std::string_view name() const override { return "average_pool_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Window window;
    const Shape input_shape;
};

Value max_pool(Builder& builder, Value x, const Window& window);
Value average_pool(Builder& builder, Value x, const Window& window);

}  // namespace markhor::ops
