// Where a number that is none (NaN, infinity) came from: the batch of the last training step, run again with the
// weights from before it, looking at what each op gives.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/model_base.hpp"
#include "model/trainer_steps.hpp"

namespace markhor {
namespace {

/// The index of the first element that is not finite; -1 where there is none.
std::int64_t first_not_finite(const Tensor& tensor) {
    if (tensor.dtype() != DType::float32) return -1;
    const auto values = tensor.data<float>();
    const auto found = std::ranges::find_if_not(values, [](float value) { return std::isfinite(value); });
    return found == values.end() ? -1 : found - values.begin();
}

/// "; example 7 of the data set is the first whose input is not finite", or nothing.
std::string in_batch(const Tensor& part, const Batch& batch, const Dataset& data, const std::string& what) {
    const std::int64_t element = first_not_finite(part);
    if (element < 0) return {};
    const std::int64_t row = element / (part.size() / part.shape()[0]);
    return what + " of " + data.name(batch.items[static_cast<std::size_t>(row)]) + " is not finite";
}

/// Gives variables their values back.
class Restore {
public:
    explicit Restore(std::vector<VariablePtr> variables) : variables_(std::move(variables)) {
        for (const VariablePtr& variable : variables_) values_.push_back(variable->value.clone());
    }
    ~Restore() {
        for (std::size_t i = 0; i < values_.size(); ++i)
            std::memcpy(variables_[i]->value.raw(), values_[i].raw(), values_[i].bytes());
    }
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;

private:
    std::vector<VariablePtr> variables_;
    std::vector<Tensor> values_;
};

}  // namespace

std::string Trainer::trace_not_finite(const std::vector<Tensor>& weights_before) {
    if (running_.batch == nullptr) return {};
    const Batch& batch = *running_.batch;
    const Wiring& wiring = *running_.wiring;
    for (const std::size_t part : wiring.inputs) {
        if (auto text = in_batch(batch.input(part), batch, *running_.data, "the input"); !text.empty()) return text;
    }
    for (std::size_t i = 0; i < wiring.outputs.size(); ++i) {
        if (!wiring.targets[i]) continue;
        auto text = in_batch(batch.target(*wiring.targets[i]), batch, *running_.data, "the target");
        if (!text.empty()) return text;
    }
    const std::vector<VariablePtr> weights = model_->weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (first_not_finite(weights_before[i]) >= 0) {
            return "the step before left " + weights[i]->path + " with a value that is not finite";
        }
    }

    const Restore restore(weights);
    for (std::size_t i = 0; i < weights.size(); ++i)
        std::memcpy(weights[i]->value.raw(), weights_before[i].raw(), weights_before[i].bytes());
    return running_.step->trace(batch);
}

std::string Trainer::TrainingStep::trace(const Batch& batch) {
    StepScalars scalars;
    const PlanKey key = key_of(batch, Use::gradients, {});
    graph::Graph graph = trainer_->build(key, scalars);
    const int loss = graph.outputs().front().node;
    std::vector<graph::Value> values;
    for (int node = 0; node < static_cast<int>(graph.nodes().size()); ++node) {
        const graph::Node& each = graph.nodes()[static_cast<std::size_t>(node)];
        if (each.inputs.empty()) continue;
        for (int output = 0; output < static_cast<int>(each.outputs.size()); ++output) {
            if (each.outputs[static_cast<std::size_t>(output)].dtype == DType::float32)
                values.push_back({node, output});
        }
    }
    graph.set_outputs(values);
    const std::vector<graph::Node> nodes = graph.nodes();
    const auto plan =
        std::make_shared<Plan>(graph::Executable::make(std::move(graph), *trainer_->engine_), std::move(scalars));
    const std::unique_ptr<Ready> made = make_ready(key, *plan);
    Ready& now = *made;
    feed(now, batch);
    now.execution->run();
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (first_not_finite(now.execution->output(i)) < 0) continue;
        const graph::Node& node = nodes[static_cast<std::size_t>(values[i].node)];
        const std::string place = node.label.empty() ? "the loss" : "layer '" + node.label + "'";
        const std::string what = values[i].node <= loss ? "the output" : "the gradient";
        return what + " of " + place + " (" + std::string(node.op->name()) + ") is the first that is not finite";
    }
    return "all that the batch gives is finite";
}

}  // namespace markhor
