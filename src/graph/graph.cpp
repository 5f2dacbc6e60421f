#include "graph/graph.hpp"

#include <algorithm>
#include <functional>

#include "ops/shape_ops.hpp"

namespace markhor::graph {
namespace {

std::string describe(const ops::Op& op, std::span<const TensorSpec> inputs) {
    std::string text = std::string(op.name()) + " of";
    for (const TensorSpec& spec : inputs) text += " " + spec.shape.str();
    return text;
}

}  // namespace

Value Graph::placeholder(const std::string& label, TensorSpec spec) {
    return add1(std::make_shared<Placeholder>(label, std::move(spec)), {});
}

Value Graph::variable(const VariablePtr& variable) {
    const bool rounds = rounds_variables_ && variable->value.dtype() == DType::float32;
    const auto read = [&](Value value) { return rounds ? ops::rounded(*this, value) : value; };
    // Sorted by address: a network may have tens of thousands.
    const auto place = [&] {
        return std::ranges::lower_bound(variables_, variable.get(), std::less<>(),
                                        [](const auto& item) { return item.first; });
    };
    if (const auto known = place(); known != variables_.end() && known->first == variable.get())
        return read(known->second);
    const Value value = add1(std::make_shared<VariableRead>(variable), {});
    variables_.emplace(place(), variable.get(), value);
    return read(value);
}

Value Graph::constant(Tensor value) { return add1(std::make_shared<Constant>(std::move(value)), {}); }

std::vector<Value> Graph::add(ops::OpPtr op, std::vector<Value> inputs) {
    std::vector<TensorSpec> specs;
    specs.reserve(inputs.size());
    for (const Value input : inputs) specs.push_back(spec(input));
    Node node{.op = std::move(op), .inputs = std::move(inputs), .outputs = {}, .label = label_};
    try {
        node.outputs = node.op->outputs(specs);
    } catch (const ShapeError& error) {
        const std::string where = label_.empty() ? "" : label_ + ": ";
        throw ShapeError(where + describe(*node.op, specs) + ": " + error.what());
    }
    const int index = static_cast<int>(nodes_.size());
    std::vector<Value> values;
    values.reserve(node.outputs.size());
    for (std::size_t i = 0; i < node.outputs.size(); ++i) values.push_back({index, static_cast<int>(i)});
    nodes_.push_back(std::move(node));
    return values;
}

const TensorSpec& Graph::spec(Value value) const {
    return nodes_.at(static_cast<std::size_t>(value.node)).outputs.at(static_cast<std::size_t>(value.output));
}

const ops::Op& Graph::producer(Value value) const { return *nodes_.at(static_cast<std::size_t>(value.node)).op; }

std::span<const Value> Graph::producer_inputs(Value value) const {
    return nodes_.at(static_cast<std::size_t>(value.node)).inputs;
}

void Graph::assign(VariablePtr variable, Value value) {
    if (spec(value) != TensorSpec{variable->value.dtype(), variable->value.shape()}) {
        throw ShapeError("the variable " + variable->path + " of shape " + variable->value.shape().str() +
                         " cannot be given a value of shape " + spec(value).shape.str());
    }
    assignments_.push_back({std::move(variable), value});
}

void Graph::set_outputs(std::vector<Value> outputs) { outputs_ = std::move(outputs); }

std::string Graph::str() const {
    const auto name = [](Value value) {
        return "%" + std::to_string(value.node) + (value.output > 0 ? "." + std::to_string(value.output) : "");
    };
    std::string text;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const Node& node = nodes_[i];
        text += "%" + std::to_string(i) + " = " + std::string(node.op->name());
        const std::string attributes = node.op->attributes();
        if (!attributes.empty()) text += "[" + attributes + "]";
        for (const Value input : node.inputs) text += " " + name(input);
        text += " ->";
        for (const TensorSpec& spec : node.outputs) text += " " + spec.shape.str();
        if (!node.label.empty()) text += "  # " + node.label;
        text += "\n";
    }
    for (const Assignment& assignment : assignments_) {
        text += assignment.variable->path + " := " + name(assignment.value) + "\n";
    }
    text += "return";
    for (const Value output : outputs_) text += " " + name(output);
    return text + "\n";
}

Value memory_of(const Graph& graph, Value value) {
    while (graph.producer(value).is_view()) value = graph.producer_inputs(value)[0];
    return value;
}

}  // namespace markhor::graph
