#include "graph/rewriter.hpp"

#include <utility>

namespace markhor::graph {

Rewriter::Rewriter(const Graph& from) : from_(from), map_(from.nodes().size()) {}

Value Rewriter::operator[](Value old) const {
    const auto& outputs = map_.at(static_cast<std::size_t>(old.node));
    return outputs.at(static_cast<std::size_t>(old.output));
}

std::vector<Value> Rewriter::inputs(const Node& node) const {
    std::vector<Value> values;
    values.reserve(node.inputs.size());
    for (const Value input : node.inputs) values.push_back((*this)[input]);
    return values;
}

void Rewriter::copy(int node) {
    const Node& old = from_.nodes()[static_cast<std::size_t>(node)];
    label_as(old);
    if (const auto* read = ops::as<VariableRead>(*old.op)) {
        map(node, {to_.variable(read->variable)});
    } else {
        map(node, to_.add(old.op, inputs(old)));
    }
}

void Rewriter::map(int node, const std::vector<Value>& values) { map_[static_cast<std::size_t>(node)] = values; }

Graph Rewriter::finish() {
    for (const Assignment& assignment : from_.assignments()) {
        to_.assign(assignment.variable, (*this)[assignment.value]);
    }
    std::vector<Value> outputs;
    for (const Value output : from_.outputs()) outputs.push_back((*this)[output]);
    to_.set_outputs(std::move(outputs));
    to_.set_label({});
    return std::move(to_);
}

std::vector<std::vector<int>> count_uses(const Graph& graph) {
    std::vector<std::vector<int>> uses(graph.nodes().size());
    for (std::size_t i = 0; i < uses.size(); ++i) uses[i].assign(graph.nodes()[i].outputs.size(), 0);
    const auto use = [&](Value value) {
        ++uses[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
    };
    for (const Node& node : graph.nodes()) {
        for (const Value input : node.inputs) use(input);
    }
    for (const Assignment& assignment : graph.assignments()) use(assignment.value);
    for (const Value output : graph.outputs()) use(output);
    return uses;
}

}  // namespace markhor::graph
