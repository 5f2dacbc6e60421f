#include "graph/cost.hpp"

namespace markhor::graph {

ops::Cost cost_of(const Graph& graph, const Node& node) {
    std::vector<TensorSpec> inputs;
    inputs.reserve(node.inputs.size());
    for (const Value input : node.inputs) inputs.push_back(graph.spec(input));
    return node.op->cost(inputs, node.outputs);
}

ops::Cost cost_of(const Graph& graph) {
    ops::Cost cost;
    for (const Node& node : graph.nodes()) cost += cost_of(graph, node);
    return cost;
}

}  // namespace markhor::graph
