// The rules of reductions and of spreading back: shapes, gradient, cost. Kernels are in engine/.
#include "ops/reduction.hpp"

#include <algorithm>
#include <numeric>

#include "ops/check.hpp"
#include "ops/elementwise.hpp"

namespace markhor::ops {
namespace {

bool contains(const std::vector<int>& axes, std::size_t axis) {
    return std::ranges::find(axes, static_cast<int>(axis)) != axes.end();
}

// Refuses axes that are not sorted, unique and inside the shape.
void check_axes(const std::vector<int>& axes, const Shape& shape) {
    int least = 0;
    for (const int axis : axes) {
        if (axis < least || axis >= static_cast<int>(shape.rank())) {
            throw ShapeError("the axes " + text(axes) + " are not rising ones of the shape " + shape.str());
        }
        least = axis + 1;
    }
}

Shape reduced(const Shape& shape, const std::vector<int>& axes, bool keepdims) {
    check_axes(axes, shape);
    Shape result;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        if (!contains(axes, axis)) {
            result.push_back(shape[axis]);
        } else if (keepdims) {
            result.push_back(1);
        }
    }
    return result;
}

// Refuses a tensor that is no reduction of `shape` over `axes`, with or without keepdims.
void check_reduced(const TensorSpec& spec, const Shape& shape, const std::vector<int>& axes, const char* what) {
    const Shape dropped = reduced(shape, axes, false);
    const Shape kept = reduced(shape, axes, true);
    if (spec.shape != dropped && spec.shape != kept) {
        throw ShapeError(std::string(what) + " has shape " + spec.shape.str() + "; " + dropped.str() + " or " +
                         kept.str() + " is wanted");
    }
}

}  // namespace

std::string_view Reduce::name() const {
    switch (kind) {
        case Reduction::sum: return "reduce_sum";
        case Reduction::mean: return "reduce_mean";
        case Reduction::max: return "reduce_max";
    }
    return "reduce";
}

std::string Reduce::attributes() const {
    constexpr const char* kinds[] = {"sum", "mean", "max"};
    return std::string(kinds[static_cast<int>(kind)]) + " axes=" + text(axes) + (keepdims ? " keepdims" : "");
}

std::vector<TensorSpec> Reduce::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    check_floating(inputs);
    return {{inputs[0].dtype, reduced(inputs[0].shape, axes, keepdims)}};
}

std::vector<Value> Reduce::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const Value dy = context.upstream[0];
    if (kind == Reduction::max) {
        return {builder.add1(std::make_shared<ReduceMaxGradient>(axes), {dy, context.inputs[0], context.outputs[0]})};
    }
    const Shape& shape = builder.spec(context.inputs[0]).shape;
    double scale = 1;
    if (kind == Reduction::mean) {
        for (const int axis : axes) scale /= static_cast<double>(shape[static_cast<std::size_t>(axis)]);
    }
    return {builder.add1(std::make_shared<BroadcastTo>(shape, axes, scale), {dy})};
}

Cost Reduce::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const double divisions = kind == Reduction::mean ? elements(outputs[0]) : 0;
    return {.flops = elements(inputs[0]) + divisions, .bytes = moved_bytes(inputs, outputs)};
}

std::string ReduceMaxGradient::attributes() const { return "axes=" + text(axes); }

std::vector<TensorSpec> ReduceMaxGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 3, "an upstream gradient, the input and the maximum");
    check_floating(inputs);
    check_reduced(inputs[0], inputs[1].shape, axes, "the upstream gradient");
    check_reduced(inputs[2], inputs[1].shape, axes, "the maximum");
    return {inputs[1]};
}

std::string BroadcastTo::attributes() const {
    return shape.str() + " axes=" + text(axes) + (scale == 1 ? "" : " scale=" + text(scale));
}

std::vector<TensorSpec> BroadcastTo::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    check_floating(inputs);
    check_reduced(inputs[0], shape, axes, "the input");
    return {{inputs[0].dtype, shape}};
}

std::vector<Value> BroadcastTo::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const bool keepdims = builder.spec(context.inputs[0]).shape.rank() == shape.rank();
    const Value sum = reduce(builder, Reduction::sum, context.upstream[0], axes, keepdims);
    return {scale == 1 ? sum : unary(builder, UnaryKind::scale, sum, scale)};
}

Value reduce(Builder& builder, Reduction kind, Value x, std::vector<int> axes, bool keepdims) {
    return builder.add1(std::make_shared<Reduce>(kind, std::move(axes), keepdims), {x});
}

Value reduce_all(Builder& builder, Reduction kind, Value x) {
    std::vector<int> axes(builder.spec(x).shape.rank());
    std::iota(axes.begin(), axes.end(), 0);
    return reduce(builder, kind, x, std::move(axes));
}

}  // namespace markhor::ops
