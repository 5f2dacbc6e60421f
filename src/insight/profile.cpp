// Runs a planned graph on noise and times each of its ops.
#include <markhor/profile.hpp>

#include <algorithm>
#include <cstring>
#include <markhor/error.hpp>
#include <numeric>
#include <set>

#include "core/parallel.hpp"
#include "engine/cpu/ceiling.hpp"
#include "engine/engines.hpp"
#include "graph/batch_slices.hpp"
#include "graph/cost.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "insight/feed_noise.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor::insight {
namespace {

// The variables that a graph changes, as they were before; put back when this dies.
class Unchanged {
public:
    explicit Unchanged(const graph::Graph& graph) {
        for (const graph::Assignment& assignment : graph.assignments()) {
            kept_.emplace_back(assignment.variable, assignment.variable->value.clone());
        }
    }
    ~Unchanged() {
        for (auto& [variable, value] : kept_) std::memcpy(variable->value.raw(), value.raw(), value.bytes());
    }
    Unchanged(const Unchanged&) = delete;
    Unchanged& operator=(const Unchanged&) = delete;

private:
    std::vector<std::pair<VariablePtr, Tensor>> kept_;
};

std::size_t variable_bytes(const graph::Graph& graph) {
    std::size_t bytes = 0;
    for (const graph::Node& node : graph.nodes()) {
        if (ops::as<graph::VariableRead>(*node.op) != nullptr) bytes += node.outputs[0].bytes();
    }
    return bytes;
}

}  // namespace

MachineCeiling measure_ceiling() {
    return {.flops_per_second = cpu::measure_flops(), .bytes_per_second = cpu::measure_copy()};
}

Profile profile(const Model& model, const ProfileOptions& options) {
    const ModelBase& base = *model.model_base();
    if (options.batch < 1 || options.runs < 1) {
        throw ValueError(base.name() + ": profile of " + std::to_string(options.runs) + " runs with a batch of " +
                         std::to_string(options.batch) + "; both must be at least 1");
    }
    const Trainer& trainer = base.trainer();
    const auto plan = [&](std::int64_t batch) {
        return graph::Executable::make(options.training ? trainer.planned_step(trainer.training_graph(batch))
                                                        : graph::optimize(lower(base, batch, false).graph),
                                       engine::cpu());
    };
    auto executable = plan(options.batch);
    const std::int64_t batch = options.training ? options.batch : graph::examples_at_once(*executable, options.batch);
    if (batch != options.batch) executable = plan(batch);
    const std::vector<graph::Node>& nodes = executable->graph().nodes();
    const Unchanged unchanged(executable->graph());
    graph::Execution execution(executable);
    feed_noise(execution);

    Profile profile{.model = base.name(),
                    .batch = batch,
                    .of_batch = options.batch,
                    .training = options.training,
                    .threads = num_threads(),
                    .ceiling = measure_ceiling(),
                    .arena_bytes = executable->arena_bytes(),
                    .weight_bytes = variable_bytes(executable->graph()),
                    .kept_bytes = executable->kept_bytes()};
    std::vector<double> best;
    for (int run = 0; run <= options.runs; ++run) {
        std::vector<double> seconds;
        execution.run_timed(seconds);
        if (run == 0) continue;
        const double total = std::accumulate(seconds.begin(), seconds.end(), 0.0);
        profile.seconds = run == 1 ? total : std::min(profile.seconds, total);
        if (run == 1) best = seconds;
        for (std::size_t i = 0; i < best.size(); ++i) best[i] = std::min(best[i], seconds[i]);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (best[i] <= 0) continue;
        const ops::Cost cost = graph::cost_of(executable->graph(), nodes[i]);
        profile.steps.push_back({.layer = nodes[i].label,
                                 .op = std::string(nodes[i].op->name()),
                                 .algorithm = std::string(executable->algorithm(static_cast<int>(i))),
                                 .output_shape = nodes[i].outputs[0].shape,
                                 .seconds = best[i],
                                 .flops = cost.flops,
                                 .bytes = cost.bytes});
    }
    return profile;
}

}  // namespace markhor::insight
