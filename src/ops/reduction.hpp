// Sums, means and maxima over axes (global pooling is one of these), and broadcasting back.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

enum class Reduction { sum, mean, max };

/// y from x over `axes` (sorted, non-negative), which are dropped or, with keepdims, kept with size 1.
/// The gradient of max is shared equally among equals, as TensorFlow's reduce_max does.
class Reduce final : public Op {
public:
    Reduce(Reduction kind, std::vector<int> axes, bool keepdims)
        : kind(kind), axes(std::move(axes)), keepdims(keepdims) {}
    std::string_view name() const override;
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const Reduction kind;
    const std::vector<int> axes;
    const bool keepdims;
};

/// dx from (dy, x, y) of a Reduce(max): dy over the count of equals at each place where x equals y, else 0.
class ReduceMaxGradient final : public Op {
public:
    explicit ReduceMaxGradient(std::vector<int> axes) : axes(std::move(axes)) {}
    std::string_view name() const override { return "reduce_max_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;

    const std::vector<int> axes;
};

/// x, which has size 1 on `axes` or lacks them, spread over `shape` and multiplied by `scale` (1/count for a mean).
class BroadcastTo final : public Op {
public:
    BroadcastTo(Shape shape, std::vector<int> axes, double scale = 1.0)
        : shape(std::move(shape)), axes(std::move(axes)), scale(scale) {}
    std::string_view name() const override { return "broadcast_to"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const Shape shape;
    const std::vector<int> axes;
    const double scale;
};

Value reduce(Builder& builder, Reduction kind, Value x, std::vector<int> axes, bool keepdims = false);
/// Over all axes, to a scalar.
Value reduce_all(Builder& builder, Reduction kind, Value x);

}  // namespace markhor::ops
