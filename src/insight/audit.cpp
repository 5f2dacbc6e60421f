// The audit: costs by the ops' rules, times by the machine's ceilings or measured, growth, findings.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <markhor/audit.hpp>
#include <markhor/error.hpp>

#include "engine/engines.hpp"
#include "formats/compile_config.hpp"
#include "graph/cost.hpp"
#include "graph/executable.hpp"
#include "graph/passes.hpp"
#include "insight/feed_noise.hpp"
#include "insight/findings.hpp"
#include "insight/rebuild.hpp"
#include "insight/receptive_field.hpp"
#include "model/trainer.hpp"
#include "ops/convolution.hpp"
#include "ops/matmul.hpp"

namespace markhor::insight {
namespace {

constexpr int timed_runs = 5;

/// Of convolutions and matrix products, as papers count them: no biases, nothing else.
double multiply_adds_of(const graph::Graph& graph, const graph::Node& node) {
    const auto elements = [](const ops::TensorSpec& spec) { return static_cast<double>(spec.shape.elements()); };
    if (ops::as<ops::Convolution>(*node.op) != nullptr) {
        const ops::TensorSpec& kernel = graph.spec(node.inputs[1]);
        return elements(node.outputs[0]) * elements(kernel) / static_cast<double>(kernel.shape.back());
    }
    if (ops::as<ops::ConvolutionInputGradient>(*node.op) != nullptr) {
        const ops::TensorSpec& kernel = graph.spec(node.inputs[1]);
        return elements(graph.spec(node.inputs[0])) * elements(kernel) / static_cast<double>(kernel.shape.back());
    }
    if (const auto* product = ops::as<ops::MatMul>(*node.op)) {
        const Shape& a = graph.spec(node.inputs[0]).shape;
        return elements(node.outputs[0]) * static_cast<double>(a[product->transpose_a ? 0 : 1]);
    }
    if (const auto* product = ops::as<ops::BatchMatMul>(*node.op)) {
        const Shape& a = graph.spec(node.inputs[0]).shape;
        return elements(node.outputs[0]) * static_cast<double>(a[product->transpose_a ? 1 : 2]);
    }
    return 0;
}

bool is_computed(const graph::Node& node) { return !node.inputs.empty() && !node.op->is_view(); }

/// Leaves the user's optimizer alone: a copy of the model is compiled, as the model is or else with SGD.
std::optional<TrainingCost> training_cost(const Model& model, const ModelBase& compiled, std::int64_t batch) {
    Model copy = rebuild(model, {.weights = false});
    CompileOptions options{.optimizer = "sgd", .loss = "mse"};
    if (compiled.trainer().compiled() && compiled.trainer().options().loss) {
        const auto again =
            formats::read_compile_config(formats::compile_config(compiled.trainer().options()), compiled.name());
        if (again) options = *again;
        options.metrics = OutputMetrics{};
        options.weighted_metrics = OutputMetrics{};
    }
    copy.compile(options);
    return cost(copy, batch).training;
}

void predict_times(Audit& audit, const graph::Graph& planned, std::map<std::string, double>& seconds) {
    for (const graph::Node& node : planned.nodes()) {
        if (!is_computed(node)) continue;
        const ops::Cost cost = graph::cost_of(planned, node);
        const double each =
            std::max(cost.flops / audit.machine.flops_per_second, cost.bytes / audit.machine.bytes_per_second);
        seconds[node.label] += each;
        audit.predicted_seconds += each;
    }
}

/// The fastest of some runs, node by node, by layer.
std::map<std::string, double> measure_times(Audit& audit, const graph::Graph& planned) {
    const auto executable = graph::Executable::make(planned, engine::cpu());
    graph::Execution execution(executable);
    feed_noise(execution);
    execution.run();
    std::vector<double> fastest(planned.nodes().size(), std::numeric_limits<double>::infinity());
    double whole = std::numeric_limits<double>::infinity();
    for (int run = 0; run < timed_runs; ++run) {
        std::vector<double> seconds(planned.nodes().size(), 0.0);
        execution.run_timed(seconds);
        for (std::size_t i = 0; i < seconds.size(); ++i) fastest[i] = std::min(fastest[i], seconds[i]);
        const auto begin = std::chrono::steady_clock::now();
        execution.run();
        whole = std::min(whole, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    audit.measured_seconds = whole;
    std::map<std::string, double> by_layer;
    for (std::size_t i = 0; i < fastest.size(); ++i) by_layer[planned.nodes()[i].label] += fastest[i];
    return by_layer;
}

std::vector<LayerAudit> layer_audits(Audit& audit, const ModelBase& model, const AuditOptions& options) {
    const graph::Graph one = lower(model, 1, false).graph;
    std::map<std::string, double> bytes;
    std::map<std::string, double> multiply_adds;
    for (const graph::Node& node : one.nodes()) {
        if (!is_computed(node)) continue;
        bytes[node.label] += graph::cost_of(one, node).bytes;
        multiply_adds[node.label] += multiply_adds_of(one, node);
    }
    const auto fields = receptive_fields(one);
    const graph::Graph planned = graph::optimize(lower(model, options.batch, false).graph);
    std::map<std::string, double> predicted;
    predict_times(audit, planned, predicted);
    std::map<std::string, double> measured;
    if (options.measure) measured = measure_times(audit, planned);

    std::vector<LayerAudit> layers;
    for (const LayerCost& cost : audit.cost.layers) {
        LayerAudit layer{.cost = cost, .moved_bytes = bytes[cost.name], .predicted_seconds = predicted[cost.name]};
        if (layer.moved_bytes > 0) layer.intensity = cost.flops / layer.moved_bytes;
        if (const auto found = fields.find(cost.name); found != fields.end()) {
            layer.receptive_field = found->second;
        } else if (cost.class_name == "InputLayer" && audit.input.rank() > 1) {
            layer.receptive_field.assign(audit.input.rank() - 1, 1);
        }
        layer.multiply_adds = multiply_adds[cost.name];
        audit.multiply_adds += layer.multiply_adds;
        if (options.measure) layer.measured_seconds = measured[cost.name];
        layers.push_back(std::move(layer));
    }
    return layers;
}

std::vector<Growth> growth(const Model& model, const Shape& input, const std::vector<double>& factors) {
    if (input.rank() < 2) return {};
    std::vector<Growth> all;
    for (const double factor : factors) {
        Shape scaled = input;
        for (std::size_t axis = 0; axis + 1 < scaled.rank(); ++axis) {
            scaled[axis] = std::max<std::int64_t>(1, std::llround(factor * static_cast<double>(scaled[axis])));
        }
        try {
            const Model other = rebuild(model, {.input_shape = scaled, .weights = false});
            std::int64_t params = 0;
            for (const VariablePtr& weight : other.weights()) params += weight->value.size();
            all.push_back({scaled, params, graph::cost_of(lower(*other.model_base(), 1, false).graph).flops});
        } catch (const ShapeError&) {  // the network cannot take this size: too small, or one that it fixes
        }
    }
    return all;
}

}  // namespace

Audit audit(const Model& model, const AuditOptions& options) {
    const ModelBase& given = *model.model_base();
    given.check_ready();
    if (given.inputs().size() != 1) {
        throw ValueError(given.name() + ": the model has " + std::to_string(given.inputs().size()) +
                         " inputs; an audit takes a model of one");
    }
    if (options.batch < 1 || options.training_batch < 1)
        throw ValueError(given.name() + ": an audit of batches below 1 was asked for; 1 or more is wanted");
    const Model audited = options.input_shape ? rebuild(model, {.input_shape = options.input_shape}) : model;
    const ModelBase& base = *audited.model_base();

    Audit audit{.model = given.name(), .input = base.inputs()[0].shape().without_batch(), .batch = options.batch};
    if (!audit.input.is_known()) {
        throw ShapeError(given.name() + ": the input is " + audit.input.str() +
                         "; an audit wants all its sides: give input_shape");
    }
    audit.machine = options.machine ? *options.machine : measure_machine();
    audit.cost = cost(rebuild(audited, {.weights = false}), options.training_batch);
    audit.cost.training = training_cost(audited, given, options.training_batch);
    audit.layers = layer_audits(audit, base, options);
    audit.growth = growth(audited, audit.input, options.growth);
    audit.findings = structural_findings(base, given, audit);
    if (options.data) {
        for (Finding& finding : data_findings(audited, options)) audit.findings.push_back(std::move(finding));
    }
    // Not the one of std::ranges: what it returns is a subrange, which clang 14 (of the fuzz targets) cannot compile.
    std::stable_partition(audit.findings.begin(), audit.findings.end(),
                          [](const Finding& finding) { return finding.severity == "warning"; });
    return audit;
}

}  // namespace markhor::insight
