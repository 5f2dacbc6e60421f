// One op with shapes and the ranges its inputs are drawn from, and what is needed to run it on an engine without a
// graph. The same cases hold the reference engine to its definitions and other engines to the reference.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "graph/engine.hpp"
#include "ops/op.hpp"

namespace markhor::ops::test {

/// What an input's elements are drawn from, uniformly: numbers in [low, high), whole ones for integer types.
struct Range {
    double low = -1;
    double high = 1;
};

/// `prepare`, where there is one, turns drawn inputs into ones that belong together (a pooling's index, a maximum).
struct OpCase {
    std::string name;
    OpPtr op;
    std::vector<TensorSpec> inputs;
    std::vector<Range> ranges;  ///< one an input; missing ones are Range()
    std::function<void(std::vector<Tensor>&)> prepare = {};
};

inline TensorSpec f32(Shape shape) { return {DType::float32, std::move(shape)}; }
inline TensorSpec i32(Shape shape) { return {DType::int32, std::move(shape)}; }
inline TensorSpec i64(Shape shape) { return {DType::int64, std::move(shape)}; }
inline TensorSpec u8(Shape shape) { return {DType::uint8, std::move(shape)}; }

/// "convolution[3x3 …] (1, 5, 5, 3) (3, 3, 3, 8)".
inline std::string describe(const Op& op, const std::vector<TensorSpec>& inputs) {
    std::string text = std::string(op.name()) + "[" + op.attributes() + "]";
    for (const TensorSpec& input : inputs) text += " " + input.shape.str();
    return text;
}

inline OpCase op_case(OpPtr op, std::vector<TensorSpec> inputs, std::vector<Range> ranges = {},
                      std::function<void(std::vector<Tensor>&)> prepare = {}) {
    std::string name = describe(*op, inputs);
    return {std::move(name), std::move(op), std::move(inputs), std::move(ranges), std::move(prepare)};
}

inline Tensor random_tensor(const TensorSpec& spec, Range range, std::uint64_t seed) {
    Random random(seed);
    Tensor tensor(spec.shape, DType::float64);
    for (double& element : tensor.data<double>()) element = range.low + (range.high - range.low) * random.uniform();
    return tensor.cast(spec.dtype);
}

/// The case's inputs, the same for the same seed.
inline std::vector<Tensor> draw_inputs(const OpCase& c, std::uint64_t seed = 1) {
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
        const Range range = i < c.ranges.size() ? c.ranges[i] : Range{};
        tensors.push_back(random_tensor(c.inputs[i], range, seed * 1000 + i));
    }
    if (c.prepare) c.prepare(tensors);
    return tensors;
}

/// All outputs of one op, without a graph.
inline std::vector<Tensor> run_op(const Op& op, const std::vector<Tensor>& inputs, const graph::Engine& engine) {
    std::vector<TensorSpec> input_specs;
    std::vector<const void*> in;
    for (const Tensor& tensor : inputs) {
        input_specs.push_back({tensor.dtype(), tensor.shape()});
        in.push_back(tensor.raw());
    }
    const std::vector<TensorSpec> output_specs = op.outputs(input_specs);
    std::vector<Tensor> outputs;
    std::vector<void*> out;
    out.reserve(output_specs.size());
    for (const TensorSpec& spec : output_specs) out.push_back(outputs.emplace_back(spec.shape, spec.dtype).raw());
    const graph::KernelPtr kernel = engine.kernel(op, input_specs, output_specs);
    Tensor scratch({static_cast<std::int64_t>(kernel->scratch_bytes())}, DType::uint8);
    kernel->run({in, out, static_cast<std::byte*>(scratch.raw())});
    return outputs;
}

}  // namespace markhor::ops::test
