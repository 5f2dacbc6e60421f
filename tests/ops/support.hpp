// What the tests of ops share: running one op by hand, the message of a refusal, and gradients against central
// differences.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "graph/graph.hpp"
#include "op_case.hpp"

namespace markhor::ops::test {

inline TensorSpec f64(Shape shape) { return {DType::float64, std::move(shape)}; }

inline Tensor doubles(Shape shape, const std::vector<double>& values) {
    return Tensor::from<double>(std::move(shape), values);
}

inline Tensor labels(Shape shape, const std::vector<std::int32_t>& values) {
    return Tensor::from<std::int32_t>(std::move(shape), values);
}

/// Numbers in [low, high) as doubles.
inline Tensor random_doubles(const Shape& shape, std::uint64_t seed, Range range = {}) {
    return random_tensor(f64(shape), range, seed);
}

/// The elements, whatever their type.
inline std::vector<double> values_of(const Tensor& tensor) {
    const Tensor converted = tensor.cast(DType::float64);
    const auto data = converted.data<double>();
    return {data.begin(), data.end()};
}

/// An output's elements on the reference engine.
inline std::vector<double> run_values(const Op& op, const std::vector<Tensor>& inputs, std::size_t output = 0) {
    return values_of(run_op(op, inputs, engine::reference())[output]);
}

inline Shape output_shape(const Op& op, const std::vector<TensorSpec>& inputs, std::size_t output = 0) {
    return op.outputs(inputs).at(output).shape;
}

/// Expects op.outputs(inputs) to throw ShapeError with this in its message.
inline void expect_refusal(const Op& op, const std::vector<TensorSpec>& inputs, const std::string& message) {
    EXPECT_THAT([&] { op.outputs(inputs); }, testing::ThrowsMessage<ShapeError>(testing::HasSubstr(message)))
        << describe(op, inputs);
}

inline void expect_near(const std::vector<double>& values, const std::vector<double>& wanted,
                        double tolerance = 1e-12) {
    EXPECT_THAT(values, testing::Pointwise(testing::DoubleNear(tolerance), wanted));
}

/// The op of a graph under test: from the placeholders' values to one value of any shape.
using Build = std::function<Value(graph::Graph&, const std::vector<Value>&)>;

/// Compares the gradient of sum(y * fixed random weights) for each float64 input with central differences, at up to
/// `sample` elements of each, and checks that it is the same where it alone is asked for. Inputs of other types are
/// only fed.
void check_gradient(const Build& build, const std::vector<Tensor>& inputs, double tolerance = 1e-6,
                    std::int64_t sample = 60);

}  // namespace markhor::ops::test
