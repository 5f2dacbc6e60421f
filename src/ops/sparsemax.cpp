// The rules of sparsemax: shapes, gradient, cost. Kernels are in engine/.
#include "ops/sparsemax.hpp"

#include <markhor/error.hpp>

#include "ops/check.hpp"

namespace markhor::ops {
namespace {

void check_rows(const TensorSpec& spec) {
    if (spec.shape.rank() == 0 || spec.shape.back() < 1) {
        throw ShapeError("takes rows of at least 1 element; a tensor of shape " + spec.shape.str() + " came");
    }
}

}  // namespace

std::vector<TensorSpec> Sparsemax::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    check_floating(inputs);
    check_rows(inputs[0]);
    return {inputs[0]};
}

std::vector<Value> Sparsemax::gradient(const GradientContext& context) const {
    return {context.builder.add1(std::make_shared<SparsemaxGradient>(), {context.upstream[0], context.inputs[0]})};
}

// Running sum, threshold and comparison, difference and maximum; the sorting is not counted.
Cost Sparsemax::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 5 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::vector<TensorSpec> SparsemaxGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "an upstream gradient and the input");
    check_floating(inputs);
    check_rows(inputs[1]);
    check_shape(inputs[0], inputs[1].shape, "the upstream gradient");
    return {inputs[1]};
}

Cost SparsemaxGradient::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 5 * elements(inputs[1]), .bytes = moved_bytes(inputs, outputs)};
}

Value sparsemax(Builder& builder, Value x) { return builder.add1(std::make_shared<Sparsemax>(), {x}); }

}  // namespace markhor::ops
