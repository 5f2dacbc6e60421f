#include "export/inference_graph.hpp"

#include <algorithm>
#include <markhor/error.hpp>
#include <set>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::exporting {
namespace {

std::vector<Tensor> run(const graph::Graph& graph) {
    const auto plan = graph::Executable::make(graph::drop_unused(graph), engine::cpu());
    graph::Execution execution(plan);
    execution.run();
    std::vector<Tensor> values;
    for (std::size_t i = 0; i < graph.outputs().size(); ++i) values.push_back(execution.output(i).clone());
    return values;
}

std::vector<std::string> names(const std::vector<SymbolicTensor>& tensors) {
    std::vector<std::string> names;
    std::set<std::string> taken;
    for (const SymbolicTensor& tensor : tensors) {
        const std::string layer = tensor.node()->layer->name();
        std::string name = layer;
        for (int i = 1; !taken.insert(name).second; ++i) name = layer + "_" + std::to_string(i);
        names.push_back(name);
    }
    return names;
}

// A model's own batch size where it has one.
std::int64_t batch_of(const Model& model, std::int64_t otherwise) {
    for (const SymbolicTensor& input : model.inputs()) {
        if (input.shape().rank() > 0 && input.shape()[0] != None) return input.shape()[0];
    }
    return otherwise;
}

graph::Graph lowered(const Model& model, std::int64_t batch, bool fold_batch_norm) {
    graph::Graph graph = lower(*model.model_base(), batch, false).graph;
    // Exported networks compute in float32, whatever their layers' policy is.
    if (graph::has_bfloat16(graph)) graph = graph::without_roundings(graph);
    return fold_batch_norm ? graph::drop_unused(graph::fold_batch_norm(graph)) : std::move(graph);
}

}  // namespace

InferenceGraph::InferenceGraph(const Model& model, const Options& options)
    : graph_(lowered(model, batch_of(model, options.batch), options.fold_batch_norm)),
      larger_(lowered(model, batch_of(model, options.batch + 1), options.fold_batch_norm)) {
    if (graph_.nodes().size() != larger_.nodes().size()) {
        throw ValueError("the model " + model.name() +
                         " is another graph for another batch size and cannot be exported");
    }
    input_names_ = names(model.model_base()->inputs());
    output_names_ = names(model.model_base()->outputs());
    inputs_.resize(input_names_.size());
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
        const auto* const placeholder = ops::as<graph::Placeholder>(*graph_.nodes()[i].op);
        if (placeholder == nullptr) continue;
        for (std::size_t input = 0; input < inputs_.size(); ++input) {
            if (placeholder->label == "input_" + std::to_string(input)) inputs_[input] = {static_cast<int>(i), 0};
        }
    }
    find_constants();
}

Shape InferenceGraph::shape(graph::Value value) const {
    Shape shape = graph_.spec(value).shape;
    const Shape& larger = larger_.spec(value).shape;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        if (shape[axis] != larger[axis]) shape[axis] = None;
    }
    return shape;
}

void InferenceGraph::find_constants() {
    std::set<std::pair<int, int>> wanted;
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
        const graph::Node& node = graph_.nodes()[i];
        const auto constant = [&](graph::Value input) { return is_constant(input); };
        constant_.push_back(ops::as<graph::Placeholder>(*node.op) == nullptr &&
                            std::ranges::all_of(node.inputs, constant) && node.outputs == larger_.nodes()[i].outputs);
        if (constant_.back()) continue;
        for (const graph::Value input : node.inputs) {
            if (constant(input)) wanted.insert({input.node, input.output});
        }
    }
    for (const graph::Value output : graph_.outputs()) {
        if (is_constant(output)) wanted.insert({output.node, output.output});
    }
    // The constants alone, in a graph of their own, are run once.
    graph::Graph part;
    std::vector<std::vector<graph::Value>> copies(constant_.size());
    for (std::size_t i = 0; i < constant_.size(); ++i) {
        if (!constant_[i]) continue;
        const graph::Node& node = graph_.nodes()[i];
        std::vector<graph::Value> given;
        for (const graph::Value input : node.inputs) {
            given.push_back(copies[static_cast<std::size_t>(input.node)][static_cast<std::size_t>(input.output)]);
        }
        copies[i] = part.add(node.op, given);
    }
    std::vector<graph::Value> values;
    values.reserve(wanted.size());
    for (const auto& [node, output] : wanted) {
        values.push_back(copies[static_cast<std::size_t>(node)][static_cast<std::size_t>(output)]);
    }
    part.set_outputs(values);
    const std::vector<Tensor> results = run(part);
    std::size_t next = 0;
    for (const auto& key : wanted) constants_.emplace(key, results[next++]);
}

Tensor transposed(const Tensor& value, const std::vector<int>& permutation) {
    graph::Graph graph;
    graph.set_outputs({ops::transpose(graph, graph.constant(value), permutation)});
    return run(graph).front();
}

Tensor dense(const ops::Taps& taps) {
    Tensor matrix = Tensor::zeros({taps.out(), taps.in});
    const std::span<float> weights = matrix.data<float>();
    for (std::int64_t o = 0; o < taps.out(); ++o) {
        const auto row = static_cast<std::size_t>(o);
        for (auto k = taps.first[row]; k < taps.first[row + 1]; ++k) {
            const auto tap = static_cast<std::size_t>(k);
            weights[static_cast<std::size_t>(o * taps.in + taps.index[tap])] += taps.weight[tap];
        }
    }
    return matrix;
}

}  // namespace markhor::exporting
