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
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "insight/step_graph.hpp"
#include "model/model_base.hpp"

namespace markhor::insight {
namespace {

// Numbers in [0, 1), the same each time.
Tensor noise(const ops::TensorSpec& spec) {
    Tensor tensor(spec.shape, DType::float32);
    std::uint32_t state = 1;
    for (float& value : tensor.data<float>()) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(state >> 8U) / 16777216.0F;
    }
    return tensor.cast(spec.dtype);
}

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
    graph::Graph graph =
        options.training ? training_graph(base, options.batch) : lower(base, options.batch, false).graph;
    const auto executable = graph::Executable::make(graph::optimize(graph), engine::cpu());
    const std::vector<graph::Node>& nodes = executable->graph().nodes();
    const Unchanged unchanged(executable->graph());
    graph::Execution execution(executable);
    for (const graph::Node& node : nodes) {
        const auto* fed = ops::as<graph::Placeholder>(*node.op);
        if (fed != nullptr) execution.feed(fed->label, noise(fed->spec));
    }

    Profile profile{.model = base.name(),
                    .batch = options.batch,
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
        std::vector<ops::TensorSpec> inputs;
        for (const ops::Value input : nodes[i].inputs) inputs.push_back(executable->graph().spec(input));
        const ops::Cost cost = nodes[i].op->cost(inputs, nodes[i].outputs);
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
