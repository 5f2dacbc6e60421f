// The rules of comparisons and powers: shapes, gradient, cost. Kernels are in engine/.
#include "ops/comparison.hpp"

#include "ops/check.hpp"
#include "ops/elementwise.hpp"

namespace markhor::ops {

std::string_view Compare::name() const {
    switch (kind) {
        case Comparison::equal: return "equal";
        case Comparison::not_equal: return "not_equal";
        case Comparison::greater: return "greater";
        case Comparison::greater_equal: return "greater_equal";
    }
    return "compare";
}

std::vector<TensorSpec> Compare::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "two inputs");
    check_floating(inputs);
    return {{inputs[0].dtype, broadcast(inputs[0].shape, inputs[1].shape)}};
}

std::vector<Value> Compare::gradient(const GradientContext& /*context*/) const { return std::vector<Value>(2); }

std::string Power::attributes() const { return "x^" + text(exponent); }

std::vector<TensorSpec> Power::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    check_floating(inputs);
    return {inputs[0]};
}

// dy a x^(a - 1)
std::vector<Value> Power::gradient(const GradientContext& context) const {
    if (exponent == 0) return {Value{}};
    Builder& builder = context.builder;
    const Value slope = unary(builder, UnaryKind::scale, power(builder, context.inputs[0], exponent - 1), exponent);
    return {multiply(builder, context.upstream[0], slope)};
}

Cost Power::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

Value compare(Builder& builder, Comparison kind, Value x, Value y) {
    return builder.add1(std::make_shared<Compare>(kind), {x, y});
}

Value compare(Builder& builder, Comparison kind, Value x, double y) {
    const Tensor number = Tensor::full({}, static_cast<float>(y)).cast(builder.spec(x).dtype);
    return compare(builder, kind, x, builder.constant(number));
}

Value power(Builder& builder, Value x, double exponent) { return builder.add1(std::make_shared<Power>(exponent), {x}); }

}  // namespace markhor::ops
