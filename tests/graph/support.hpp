// Small graphs for the tests of graph/: feeding, running, and tensors with repeatable contents.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "graph/graph.hpp"
#include "ops/window.hpp"

namespace markhor::test {

/// Numbers in [-1, 1), the same for the same seed.
inline Tensor random_tensor(const Shape& shape, std::uint64_t seed, DType dtype = DType::float32) {
    Random random(seed);
    Tensor tensor(shape, DType::float64);
    for (double& element : tensor.data<double>()) element = 2 * random.uniform() - 1;
    return tensor.cast(dtype);
}

/// The graph's outputs for these inputs, on the reference engine unless told otherwise.
inline std::vector<Tensor> run(const graph::Graph& graph, const std::map<std::string, Tensor>& inputs,
                               const graph::Engine& engine = engine::reference()) {
    graph::Execution execution(graph::Executable::make(graph, engine));
    for (const auto& [label, tensor] : inputs) execution.feed(label, tensor);
    execution.run();
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < graph.outputs().size(); ++i) outputs.push_back(execution.output(i).clone());
    return outputs;
}

/// A variable of this name and path that is trained.
inline VariablePtr make_variable(const std::string& path, const Tensor& value) {
    return std::make_shared<Variable>(Variable{path, path, value, true});
}

/// A square window of two axes, without padding.
inline ops::Window window(std::int64_t size, std::int64_t stride) {
    return {.rank = 2, .size = {1, size, size}, .stride = {1, stride, stride}};
}

/// How many nodes have an op of this name.
inline int count(const graph::Graph& graph, std::string_view op) {
    int found = 0;
    for (const graph::Node& node : graph.nodes()) found += node.op->name() == op ? 1 : 0;
    return found;
}

inline double largest_difference(const Tensor& a, const Tensor& b) {
    const Tensor x = a.cast(DType::float64);
    const Tensor y = b.cast(DType::float64);
    double largest = x.shape() == y.shape() ? 0 : 1e300;
    for (std::size_t i = 0; i < x.data<double>().size() && largest < 1e300; ++i) {
        largest = std::max(largest, std::abs(x.data<double>()[i] - y.data<double>()[i]));
    }
    return largest;
}

}  // namespace markhor::test
