// Costs from the ops' rules: a model's graph is made and planned as for a run, and not run.
#include <map>
#include <markhor/error.hpp>
#include <markhor/insight.hpp>
#include <set>

#include "engine/engines.hpp"
#include "graph/cost.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor::insight {
namespace {

double arena_bytes(const graph::Graph& graph) {
    return static_cast<double>(graph::Executable::make(graph, engine::cpu())->arena_bytes());
}

std::int64_t elements(const std::vector<VariablePtr>& weights, std::set<const Variable*>& counted) {
    std::int64_t sum = 0;
    for (const VariablePtr& weight : weights) {
        if (counted.insert(weight.get()).second) sum += weight->value.size();
    }
    return sum;
}

/// The calls of a model's layers, those of models within it in their place.
void collect_calls(const ModelBase& model, std::vector<const CallNode*>& calls) {
    for (const auto& call : model.calls()) {
        const auto* inner = dynamic_cast<const ModelBase*>(call->layer.get());
        if (inner != nullptr) {
            collect_calls(*inner, calls);
        } else {
            calls.push_back(call.get());
        }
    }
}

std::vector<LayerCost> layer_costs(const ModelBase& model, const graph::Graph& inference) {
    std::map<std::string, double> flops;
    for (const graph::Node& node : inference.nodes()) flops[node.label] += graph::cost_of(inference, node).flops;
    std::vector<const CallNode*> calls;
    collect_calls(model, calls);
    std::set<const Variable*> trained;
    for (const VariablePtr& weight : model.trainable_weights()) trained.insert(weight.get());

    std::vector<LayerCost> layers;
    std::set<const LayerBase*> seen;
    std::set<const Variable*> counted;
    for (const CallNode* call : calls) {
        const LayerBase& layer = *call->layer;
        if (!seen.insert(&layer).second) continue;
        LayerCost cost{.name = layer.name(), .class_name = std::string(layer.class_name())};
        if (!call->output_shapes.empty()) cost.output_shape = call->output_shapes.front();
        for (const VariablePtr& weight : layer.weights()) {
            if (!counted.insert(weight.get()).second) continue;
            cost.params += weight->value.size();
            if (trained.contains(weight.get())) cost.trainable_params += weight->value.size();
        }
        cost.flops = flops[layer.name()];
        for (const Shape& shape : call->output_shapes) {
            cost.activation_bytes += static_cast<double>(shape.without_batch().elements()) * sizeof(float);
        }
        layers.push_back(std::move(cost));
    }
    return layers;
}

std::optional<TrainingCost> training_cost(const ModelBase& model, std::int64_t batch) {
    const Trainer& trainer = model.trainer();
    if (!trainer.compiled() || !trainer.options().loss || model.inputs().size() != 1) return std::nullopt;
    const graph::Graph step = trainer.training_graph(batch);
    std::set<const Variable*> counted;
    return TrainingCost{
        .batch = batch,
        .flops = graph::cost_of(step).flops,
        .activation_bytes = arena_bytes(trainer.planned_step(step)),
        .gradient_bytes = sizeof(float) * static_cast<double>(elements(model.trainable_weights(), counted))};
}

}  // namespace

ModelCost cost(const Model& model, std::int64_t batch) {
    const ModelBase& base = *model.model_base();
    const graph::Graph inference = lower(base, 1, false).graph;
    ModelCost cost;
    cost.layers = layer_costs(base, inference);
    std::set<const Variable*> counted;
    cost.params = elements(base.weights(), counted);
    counted.clear();
    cost.trainable_params = elements(base.trainable_weights(), counted);
    cost.flops = graph::cost_of(inference).flops;
    cost.weight_bytes = static_cast<double>(cost.params) * sizeof(float);
    cost.activation_bytes = arena_bytes(graph::optimize(inference));
    cost.training = training_cost(base, batch);
    return cost;
}

}  // namespace markhor::insight
