// The rules of ops that move elements: shapes and gradient. Kernels are in engine/.
#include "ops/shape_ops.hpp"

#include "ops/check.hpp"

namespace markhor::ops {
namespace {

void check_one_per_axis(std::size_t numbers, const Shape& shape) {
    if (numbers != shape.rank()) {
        throw ShapeError("has numbers for " + std::to_string(numbers) + " axes; the input's shape is " + shape.str());
    }
}

}  // namespace

std::vector<TensorSpec> Reshape::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    if (inputs[0].shape.elements() != shape.elements()) {
        throw ShapeError("a tensor of shape " + inputs[0].shape.str() + " has " +
                         std::to_string(inputs[0].shape.elements()) + " elements; " + shape.str() + " wants " +
                         std::to_string(shape.elements()));
    }
    return {{inputs[0].dtype, shape}};
}

std::vector<Value> Reshape::gradient(const GradientContext& context) const {
    return {reshape(context.builder, context.upstream[0], context.builder.spec(context.inputs[0]).shape)};
}

std::string Transpose::attributes() const { return text(permutation); }

std::vector<TensorSpec> Transpose::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    const Shape& from = inputs[0].shape;
    check_one_per_axis(permutation.size(), from);
    std::vector<bool> seen(permutation.size(), false);
    Shape to;
    for (const int axis : permutation) {
        const auto index = static_cast<std::size_t>(axis);
        if (axis < 0 || index >= seen.size() || seen[index]) {
            throw ShapeError(text(permutation) + " is no permutation of " + std::to_string(from.rank()) + " axes");
        }
        seen[index] = true;
        to.push_back(from[index]);
    }
    return {{inputs[0].dtype, to}};
}

std::vector<Value> Transpose::gradient(const GradientContext& context) const {
    std::vector<int> inverse(permutation.size());
    for (std::size_t i = 0; i < permutation.size(); ++i) {
        inverse[static_cast<std::size_t>(permutation[i])] = static_cast<int>(i);
    }
    return {transpose(context.builder, context.upstream[0], inverse)};
}

std::vector<TensorSpec> Concatenate::outputs(std::span<const TensorSpec> inputs) const {
    if (inputs.empty()) throw ShapeError("takes at least one input");
    Shape result = inputs[0].shape;
    const auto along = static_cast<std::size_t>(axis);
    if (axis < 0 || along >= result.rank()) {
        throw ShapeError("axis " + std::to_string(axis) + " is outside the shape " + result.str());
    }
    for (const TensorSpec& input : inputs.subspan(1)) {
        bool fits = input.shape.rank() == result.rank();
        for (std::size_t i = 0; fits && i < result.rank(); ++i) fits = i == along || input.shape[i] == result[i];
        if (!fits) {
            throw ShapeError("shapes " + inputs[0].shape.str() + " and " + input.shape.str() +
                             " differ on more than axis " + std::to_string(axis));
        }
        check_dtype(input, inputs[0].dtype, "one of the inputs");
        result[along] += input.shape[along];
    }
    return {{inputs[0].dtype, result}};
}

std::vector<Value> Concatenate::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const auto along = static_cast<std::size_t>(axis);
    std::vector<Value> gradients(context.inputs.size());
    std::int64_t at = 0;
    for (std::size_t i = 0; i < context.inputs.size(); ++i) {
        std::vector<std::int64_t> end = builder.spec(context.inputs[i]).shape.dims();
        std::vector<std::int64_t> begin(end.size(), 0);
        begin[along] = at;
        end[along] += at;
        at = end[along];
        if (context.wanted[i]) gradients[i] = slice(builder, context.upstream[0], std::move(begin), std::move(end));
    }
    return gradients;
}

std::string Slice::attributes() const { return text(begin) + " to " + text(end); }

std::vector<TensorSpec> Slice::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    const Shape& from = inputs[0].shape;
    check_one_per_axis(begin.size(), from);
    check_one_per_axis(end.size(), from);
    Shape to;
    for (std::size_t i = 0; i < from.rank(); ++i) {
        if (begin[i] < 0 || end[i] < begin[i] || end[i] > from[i]) {
            throw ShapeError("elements " + std::to_string(begin[i]) + " to " + std::to_string(end[i]) + " of axis " +
                             std::to_string(i) + " are outside the shape " + from.str());
        }
        to.push_back(end[i] - begin[i]);
    }
    return {{inputs[0].dtype, to}};
}

std::vector<Value> Slice::gradient(const GradientContext& context) const {
    std::vector<std::int64_t> after = context.builder.spec(context.inputs[0]).shape.dims();
    for (std::size_t i = 0; i < after.size(); ++i) after[i] -= end[i];
    return {pad(context.builder, context.upstream[0], begin, std::move(after))};
}

std::string Pad::attributes() const { return text(before) + " and " + text(after); }

std::vector<TensorSpec> Pad::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    const Shape& from = inputs[0].shape;
    check_one_per_axis(before.size(), from);
    check_one_per_axis(after.size(), from);
    Shape to;
    for (std::size_t i = 0; i < from.rank(); ++i) {
        if (before[i] < 0 || after[i] < 0) {
            throw ShapeError("padding of " + std::to_string(before[i]) + " and " + std::to_string(after[i]) +
                             " on axis " + std::to_string(i) + " is negative; a slice takes elements away");
        }
        to.push_back(before[i] + from[i] + after[i]);
    }
    return {{inputs[0].dtype, to}};
}

std::vector<Value> Pad::gradient(const GradientContext& context) const {
    std::vector<std::int64_t> end = context.builder.spec(context.inputs[0]).shape.dims();
    for (std::size_t i = 0; i < end.size(); ++i) end[i] += before[i];
    return {slice(context.builder, context.upstream[0], before, std::move(end))};
}

std::vector<TensorSpec> Cast::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    return {{dtype, inputs[0].shape}};
}

// Between floating types the upstream gradient is cast back; from an integer no gradient flows.
std::vector<Value> Cast::gradient(const GradientContext& context) const {
    const DType from = context.builder.spec(context.inputs[0]).dtype;
    if (from != DType::float32 && from != DType::float64 && from != DType::bfloat16) return {Value{}};
    return {cast(context.builder, context.upstream[0], from)};
}

Value reshape(Builder& builder, Value x, Shape shape) {
    return builder.add1(std::make_shared<Reshape>(std::move(shape)), {x});
}

Value transpose(Builder& builder, Value x, std::vector<int> permutation) {
    return builder.add1(std::make_shared<Transpose>(std::move(permutation)), {x});
}

Value concatenate(Builder& builder, std::vector<Value> inputs, int axis) {
    return builder.add1(std::make_shared<Concatenate>(axis), std::move(inputs));
}

Value slice(Builder& builder, Value x, std::vector<std::int64_t> begin, std::vector<std::int64_t> end) {
    return builder.add1(std::make_shared<Slice>(std::move(begin), std::move(end)), {x});
}

Value pad(Builder& builder, Value x, std::vector<std::int64_t> before, std::vector<std::int64_t> after) {
    return builder.add1(std::make_shared<Pad>(std::move(before), std::move(after)), {x});
}

Value cast(Builder& builder, Value x, DType dtype) { return builder.add1(std::make_shared<Cast>(dtype), {x}); }

bool is_rounded(const Builder& builder, Value x) {
    const auto* widened = as<Cast>(builder.producer(x));
    return widened != nullptr && widened->dtype == DType::float32 &&
           builder.spec(builder.producer_inputs(x)[0]).dtype == DType::bfloat16;
}

Value rounded(Builder& builder, Value x) {
    return is_rounded(builder, x) ? x : cast(builder, cast(builder, x, DType::bfloat16), DType::float32);
}

}  // namespace markhor::ops
