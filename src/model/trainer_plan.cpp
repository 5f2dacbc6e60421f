// What a plan computes: the model alone, its loss, or a whole training step, as one graph.
#include "engine/engines.hpp"
#include "graph/passes.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "ops/elementwise.hpp"
#include "training/loss.hpp"

namespace markhor {

graph::Graph Trainer::build(const PlanKey& key, StepScalars& scalars) const {
    LoweredModel lowered = lower(*model_, key.batch, key.use == Use::training);
    graph::Graph& graph = lowered.graph;
    const graph::Value prediction = lowered.outputs[0];
    if (key.use == Use::prediction) {
        graph.set_outputs({prediction});
    } else {
        const graph::Value target = graph.placeholder("target", {key.y_dtype, Shape(key.y_shape)});
        graph::Value weights;
        if (key.weighted) weights = graph.placeholder("sample_weight", {DType::float32, {key.batch}});
        graph::Value loss = options_->loss->base()->lower(graph, target, prediction, weights);
        for (const graph::Value more : lowered.losses) loss = ops::add(graph, loss, more);
        if (key.use == Use::training) {
            const OptimizerBase& optimizer = *options_->optimizer.base();
            const std::vector<VariablePtr> trained = model_->trainable_weights();
            std::vector<graph::Value> values;
            values.reserve(trained.size());
            for (const VariablePtr& weight : trained) values.push_back(graph.variable(weight));
            std::vector<graph::Value> gradients =
                graph::differentiate(graph, optimizer.scale_loss(graph, loss), values);
            optimizer.lower(graph, scalars, key.step, trained, std::move(gradients));
        }
        graph.set_outputs({loss, prediction});
    }
    return std::move(graph);
}

graph::Graph Trainer::training_graph(std::int64_t batch, const ops::TensorSpec& target) const {
    const char* const what = "training_graph";
    check_compiled(what);
    options_->optimizer.base()->build(model_->trainable_weights());
    StepScalars scalars;
    return build({.use = Use::training,
                  .batch = batch,
                  .step = options_->optimizer.base()->next_kind(),
                  .y_dtype = target.dtype,
                  .y_shape = target.shape.dims()},
                 scalars);
}

std::shared_ptr<Plan> Trainer::make_plan(const PlanKey& key) const {
    StepScalars scalars;
    const graph::Graph graph = build(key, scalars);
    return std::make_shared<Plan>(graph::Executable::make(graph::optimize(graph), *engine_), std::move(scalars));
}

}  // namespace markhor
