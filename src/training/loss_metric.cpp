#include "training/loss_metric.hpp"

#include "engine/engines.hpp"
#include "graph/executable.hpp"

namespace markhor {

struct LossRunner::Plan {
    ops::TensorSpec targets;
    ops::TensorSpec predictions;
    graph::Execution execution;
    bool has_mask = false;
};

LossRunner::LossRunner() = default;
LossRunner::LossRunner(const LossRunner& /*other*/) {}
LossRunner::~LossRunner() = default;

LossRunner::Result LossRunner::run(const LossBase& loss, const Tensor& targets, const Tensor& predictions) {
    const ops::TensorSpec target_spec{targets.dtype(), targets.shape()};
    const ops::TensorSpec prediction_spec{predictions.dtype(), predictions.shape()};
    Plan* plan = nullptr;
    for (const std::unique_ptr<Plan>& known : plans_) {
        if (known->targets == target_spec && known->predictions == prediction_spec) plan = known.get();
    }
    if (plan == nullptr) {
        graph::Graph graph;
        const graph::Value target = graph.placeholder("targets", target_spec);
        const auto [values, mask] = loss.unreduced(graph, target, graph.placeholder("predictions", prediction_spec));
        graph.set_outputs(mask ? std::vector{values, mask} : std::vector{values});
        graph::Execution execution(graph::Executable::make(std::move(graph), engine::cpu()));
        plans_.push_back(
            std::make_unique<Plan>(Plan{target_spec, prediction_spec, std::move(execution), static_cast<bool>(mask)}));
        plan = plans_.back().get();
    }
    plan->execution.feed("targets", targets);
    plan->execution.feed("predictions", predictions);
    plan->execution.run();
    return {host_array(plan->execution.output(0)),
            plan->has_mask ? host_array(plan->execution.output(1)) : HostArray{}};
}

// The loss's own rules: its ops are added to a graph that is thrown away.
void LossMetric::check_shapes(const Shape& targets, const Shape& predictions) const {
    graph::Graph graph;
    const graph::Value target = graph.placeholder("targets", {DType::float32, targets});
    make_loss()->unreduced(graph, target, graph.placeholder("predictions", {DType::float32, predictions}));
}

MeanMetric::Figures LossMetric::figures(const Tensor& targets, const Tensor& predictions) {
    if (!loss_) loss_ = make_loss();
    auto [values, mask] = runner_.run(*loss_, targets, predictions);
    for (double& value : values.values) value *= sign();
    return {std::move(values), std::move(mask)};
}

}  // namespace markhor
