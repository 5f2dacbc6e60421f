// Reverse-mode differentiation: walks the nodes backwards once and lets each op add the ops of its gradient.
#include <algorithm>
#include <memory>

#include "graph/graph.hpp"
#include "ops/elementwise.hpp"

namespace markhor::graph {
namespace {

Tensor filled(const TensorSpec& spec, double value) {
    Tensor tensor = Tensor::zeros(spec.shape, spec.dtype);
    if (value != 0) {
        if (spec.dtype == DType::float64) {
            std::ranges::fill(tensor.data<double>(), value);
        } else {
            std::ranges::fill(tensor.data<float>(), static_cast<float>(value));
        }
    }
    return tensor;
}

bool is_floating(DType dtype) { return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::bfloat16; }

}  // namespace

std::vector<Value> differentiate(Graph& graph, Value target, std::span<const Value> values) {
    if (graph.spec(target).shape.elements() != 1) {
        throw ShapeError("only a scalar has a gradient; the target's shape is " + graph.spec(target).shape.str());
    }
    const auto node_count = static_cast<std::size_t>(target.node) + 1;

    // A node's gradient is needed where one of the values reaches it.
    std::vector<std::vector<bool>> reached(node_count);
    for (std::size_t i = 0; i < node_count; ++i) reached[i].assign(graph.nodes()[i].outputs.size(), false);
    for (const Value value : values) {
        if (static_cast<std::size_t>(value.node) < node_count) {
            reached[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)] = true;
        }
    }
    const auto is_reached = [&](Value value) {
        return reached[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
    };
    for (std::size_t i = 0; i < node_count; ++i) {
        const Node& node = graph.nodes()[i];
        if (std::ranges::any_of(node.inputs, is_reached)) {
            for (std::size_t output = 0; output < node.outputs.size(); ++output) {
                if (is_floating(node.outputs[output].dtype)) reached[i][output] = true;
            }
        }
    }

    std::vector<std::vector<Value>> gradients(node_count);
    for (std::size_t i = 0; i < node_count; ++i) gradients[i].resize(graph.nodes()[i].outputs.size());
    const auto gradient_of = [&](Value value) -> Value& {
        return gradients[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
    };

    const std::string label = graph.label();
    graph.set_label({});
    gradient_of(target) = graph.constant(filled(graph.spec(target), 1.0));
    for (int index = target.node; index >= 0; --index) {
        const auto at = static_cast<std::size_t>(index);
        const bool flows = std::ranges::any_of(gradients[at], [](Value value) { return static_cast<bool>(value); });
        // A copy: adding nodes moves the graph's own.
        const Node node = graph.nodes()[at];
        if (!flows || node.inputs.empty()) continue;
        const auto wanted = std::make_unique<bool[]>(node.inputs.size());  // a vector<bool> has no bools to point at
        std::ranges::transform(node.inputs, wanted.get(), is_reached);
        if (std::ranges::none_of(node.inputs, is_reached)) continue;

        std::vector<Value> outputs;
        for (std::size_t i = 0; i < node.outputs.size(); ++i) outputs.push_back({index, static_cast<int>(i)});
        graph.set_label(node.label);
        const std::vector<Value> input_gradients =
            node.op->gradient({.builder = graph,
                               .inputs = node.inputs,
                               .outputs = outputs,
                               .upstream = gradients[at],
                               .wanted = std::span<const bool>(wanted.get(), node.inputs.size())});
        for (std::size_t i = 0; i < node.inputs.size() && i < input_gradients.size(); ++i) {
            if (!wanted[i] || !input_gradients[i]) continue;
            Value& sum = gradient_of(node.inputs[i]);
            sum = sum ? ops::add(graph, sum, input_gradients[i]) : input_gradients[i];
        }
    }
    graph.set_label(label);

    std::vector<Value> results;
    for (const Value value : values) {
        const bool inside = static_cast<std::size_t>(value.node) < node_count;
        const Value gradient = inside ? gradient_of(value) : Value{};
        results.push_back(gradient ? gradient : graph.constant(filled(graph.spec(value), 0.0)));
    }
    return results;
}

}  // namespace markhor::graph
