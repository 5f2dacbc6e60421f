// Optimizer::apply: a step whose gradients come from outside, as a graph of its own, planned once for the same weights.
#include <algorithm>
#include <markhor/error.hpp>

#include "engine/engines.hpp"
#include "graph/passes.hpp"
#include "training/optimizer.hpp"

namespace markhor {

/// The last graph of each kind of step.
struct OptimizerBase::Applied {
    struct Plan {
        StepKind kind;
        std::vector<VariablePtr> weights;
        StepScalars scalars;
        std::unique_ptr<graph::Execution> execution;
        std::optional<StepScalars::Feed> feed;
    };
    std::vector<std::unique_ptr<Plan>> plans;
};

void OptimizerBase::apply(const std::vector<Tensor>& gradients, const std::vector<VariablePtr>& weights) {
    if (gradients.size() != weights.size()) {
        throw ValueError(where("apply(): " + std::to_string(gradients.size()) + " gradients came for " +
                               std::to_string(weights.size()) + " weights; one each is wanted"));
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const Tensor& value = weights[i]->value;
        if (gradients[i].shape() == value.shape() && gradients[i].dtype() == value.dtype()) continue;
        throw ShapeError(where("apply(): the gradient of " + weights[i]->path + " is " +
                               std::string(name_of(gradients[i].dtype())) + " " + gradients[i].shape().str() + "; " +
                               std::string(name_of(value.dtype())) + " " + value.shape().str() + " is wanted"));
    }
    build(weights);
    if (!applied_) applied_ = std::make_shared<Applied>();
    std::vector<std::unique_ptr<Applied::Plan>>& plans = applied_->plans;
    const StepKind kind = next_kind();
    if (!plans.empty() && plans.front()->weights != weights) plans.clear();
    auto found = std::ranges::find_if(plans, [&](const auto& plan) { return plan->kind == kind; });
    if (found == plans.end()) {
        auto plan = std::make_unique<Applied::Plan>();
        plan->kind = kind;
        plan->weights = weights;
        graph::Graph graph;
        std::vector<graph::Value> values;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            values.push_back(
                graph.placeholder("gradient_" + std::to_string(i), {gradients[i].dtype(), gradients[i].shape()}));
        }
        lower(graph, plan->scalars, kind, weights, std::move(values));
        plan->execution =
            std::make_unique<graph::Execution>(graph::Executable::make(graph::optimize(graph), engine::cpu()));
        plan->feed.emplace(plan->scalars, *plan->execution);
        found = plans.insert(plans.end(), std::move(plan));
    }
    Applied::Plan& plan = **found;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        plan.execution->feed("gradient_" + std::to_string(i), gradients[i]);
    }
    plan.feed->compute(next_numbers());
    plan.execution->run();
    finish_step();
}

void Optimizer::apply(const std::vector<Tensor>& gradients, const std::vector<VariablePtr>& weights) {
    base_->apply(gradients, weights);
}

}  // namespace markhor
