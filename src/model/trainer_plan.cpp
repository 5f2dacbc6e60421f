// What a plan computes: the model alone, its loss, or a whole training step, as one graph.
#include <markhor/error.hpp>
#include <markhor/memory.hpp>

#include "engine/engines.hpp"
#include "graph/batch_slices.hpp"
#include "graph/memory.hpp"
#include "graph/passes.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "ops/elementwise.hpp"
#include "training/loss.hpp"

namespace markhor {
namespace {

// The largest batch below `too_large` that fits; 0 where none does. Plans a few batches to know it.
template <class Fits>
std::int64_t largest_that_fits(std::int64_t too_large, const Fits& fits) {
    std::int64_t fitting = 0;
    while (too_large - fitting > 1) {
        const std::int64_t middle = fitting + (too_large - fitting) / 2;
        (fits(middle) ? fitting : too_large) = middle;
    }
    return fitting;
}

std::string megabytes(std::size_t bytes) { return std::to_string((bytes + 999999) / 1000000) + " MB"; }

std::string too_much_memory(const std::string& model, std::int64_t batch, std::size_t needed, std::size_t limit,
                            std::int64_t fitting) {
    return model + ": a batch of " + std::to_string(batch) + " needs " + megabytes(needed) +
           " of memory; the limit is " + megabytes(limit) +
           (fitting > 0 ? ", which a batch of " + std::to_string(fitting) + " fits"
                        : ", which not even a batch of 1 fits");
}

}  // namespace

graph::Graph Trainer::build(const PlanKey& key, StepScalars& scalars) const {
    LoweredModel lowered = lower(*model_, key.batch, key.use == Use::training || key.use == Use::gradients);
    graph::Graph& graph = lowered.graph;
    if (key.use == Use::prediction) return std::move(graph);

    const std::vector<CompiledOutput> outputs = compiled_outputs("compile");
    std::vector<graph::Value> results = lowered.outputs;
    graph::Value loss;
    const auto add = [&](graph::Value part) { loss = loss ? ops::add(graph, loss, part) : part; };
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const TargetKey& target = key.targets[i];
        if (!target.given) continue;  // only what has a loss is in the graph
        const std::string number = std::to_string(i);
        const graph::Value values = graph.placeholder("target_" + number, {target.dtype, Shape(target.shape)});
        graph::Value weights;
        if (!target.weights.empty())
            weights = graph.placeholder("sample_weight_" + number, {DType::float32, Shape(target.weights)});
        const graph::Value own = outputs[i].loss->base()->lower(graph, values, lowered.outputs[i], weights);
        if (outputs.size() > 1) results.push_back(own);
        add(outputs[i].weight == 1 ? own : ops::unary(graph, ops::UnaryKind::scale, own, outputs[i].weight));
    }
    for (const graph::Value more : lowered.losses) add(more);
    if (!loss) throw ValueError(model_->name() + ": no output has a loss; at least one is wanted");
    results.insert(results.begin(), loss);
    if (key.use == Use::training || key.use == Use::gradients) {
        const std::vector<VariablePtr> trained = model_->trainable_weights();
        std::vector<graph::Value> values;
        values.reserve(trained.size());
        for (const VariablePtr& weight : trained) values.push_back(graph.variable(weight));
        if (key.use == Use::gradients) {
            const std::vector<graph::Value> gradients = graph::differentiate(graph, loss, values);
            results.insert(results.end(), gradients.begin(), gradients.end());
        } else {
            const OptimizerBase& optimizer = *options_->optimizer.base();
            std::vector<graph::Value> gradients =
                graph::differentiate(graph, optimizer.scale_loss(graph, loss), values);
            optimizer.lower(graph, scalars, key.step, trained, std::move(gradients));
        }
    }
    graph.set_outputs(results);
    return std::move(graph);
}

namespace {

/// Targets that the loss takes for predictions of this shape: as many numbers, or class numbers.
ops::TensorSpec targets_for(const Loss& loss, const Shape& predictions) {
    graph::Graph scratch;
    ops::TensorSpec numbers{DType::float32, predictions};
    try {
        loss.base()->unreduced(scratch, scratch.placeholder("target", numbers),
                               scratch.placeholder("prediction", numbers));
        return numbers;
    } catch (const ShapeError&) {
        return {DType::int32, Shape(std::vector<std::int64_t>(predictions.begin(), predictions.end() - 1))};
    }
}

}  // namespace

graph::Graph Trainer::training_graph(std::int64_t batch) const {
    const char* const what = "training_graph";
    check_compiled(what);
    options_->optimizer.base()->build(model_->trainable_weights());
    PlanKey key{.use = Use::training, .batch = batch, .step = options_->optimizer.base()->next_kind()};
    const std::vector<CompiledOutput> outputs = compiled_outputs(what);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        TargetKey target{.given = outputs[i].loss.has_value()};
        if (target.given) {
            const ops::TensorSpec spec = targets_for(*outputs[i].loss, output_shape(i, batch));
            target.dtype = spec.dtype;
            target.shape = spec.shape.dims();
        }
        key.targets.push_back(std::move(target));
    }
    StepScalars scalars;
    return build(key, scalars);
}

graph::Graph Trainer::planned_step(const graph::Graph& training_graph) const {
    return planned(training_graph, Use::training);
}

graph::Graph Trainer::planned(const graph::Graph& graph, Use use) const {
    graph::Graph planned = graph::optimize(graph);
    const bool keeps_values = use == Use::training || use == Use::gradients;
    if (!keeps_values || !options_->checkpointing) return planned;
    return graph::recompute(planned, planned.outputs()[0].node);  // the loss ends the forward pass
}

std::shared_ptr<Plan> Trainer::make_plan(const PlanKey& key) const {
    const auto plan_for = [&](std::int64_t batch, StepScalars& scalars) {
        PlanKey same = key;
        same.batch = batch;
        for (TargetKey& target : same.targets) {
            if (!target.shape.empty()) target.shape[0] = batch;
            if (!target.weights.empty()) target.weights[0] = batch;
        }
        return graph::Executable::make(planned(build(same, scalars), key.use), *engine_);
    };
    StepScalars scalars;
    auto executable = plan_for(key.batch, scalars);
    const std::size_t limit = memory_limit();
    if (limit > 0 && graph::run_bytes(*executable) > limit) {
        const auto fits = [&](std::int64_t batch) {
            StepScalars unused;
            return graph::run_bytes(*plan_for(batch, unused)) <= limit;
        };
        throw Error(too_much_memory(model_->name(), key.batch, graph::run_bytes(*executable), limit,
                                    largest_that_fits(key.batch, fits)));
    }
    const std::int64_t at_once =
        key.use == Use::prediction ? graph::examples_at_once(*executable, key.batch) : key.batch;
    return std::make_shared<Plan>(std::move(executable), std::move(scalars), at_once);
}

}  // namespace markhor
