#include "training/meters.hpp"

#include <algorithm>
#include <markhor/error.hpp>

namespace markhor {

Meters::Meters(const std::vector<MeteredOutput>& outputs) {
    logs_["loss"] = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i].has_loss) losses_.push_back({outputs[i].name + "_loss", i});
    }
    if (losses_.size() < 2) losses_.clear();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        for (const Metric& metric : outputs[i].metrics) add(metric, outputs[i], i, false);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        for (const Metric& metric : outputs[i].weighted_metrics) add(metric, outputs[i], i, true);
    }
}

bool Meters::has(const std::string& name) const {
    return std::ranges::any_of(meters_, [&](const Meter& meter) { return meter.name == name; });
}

void Meters::add(const Metric& metric, const MeteredOutput& output, std::size_t index, bool weighted) {
    const std::shared_ptr<MetricBase> base =
        metric.base() ? metric.base() : resolve_accuracy(metric.name(), output.targets, output.predictions);
    base->check_shapes(output.targets, output.predictions);
    const std::string prefix = output.name.empty() ? "" : output.name + "_";
    std::string name = prefix + metric.name();
    if (weighted && has(name)) name = prefix + "weighted_" + metric.name();
    std::string unique = name;
    for (int i = 1; has(unique); ++i) unique = name + "_" + std::to_string(i);
    meters_.push_back({base->fresh(), unique, index, weighted});
}

void Meters::reset() {
    loss_sum_ = examples_ = batches_ = 0;
    for (LossMeter& loss : losses_) loss.sum = 0;
    for (Meter& meter : meters_) meter.metric->reset();
}

void Meters::update(double loss, std::int64_t examples, std::span<const OutputFigures> outputs) {
    const auto count = static_cast<double>(examples);
    loss_sum_ += loss * count;
    examples_ += count;
    batches_ += 1;
    // Keras weights by the batch's size where it knows it, which is not so in the graph that TensorFlow compiles.
    for (LossMeter& each : losses_) each.sum += outputs[each.output].loss;
    for (Meter& meter : meters_) {
        const OutputFigures& output = outputs[meter.output];
        meter.metric->update(*output.targets, *output.predictions, meter.weighted ? output.sample_weight : nullptr);
    }
    log_figures();
}

void Meters::log_figures() {
    logs_["loss"] = loss_sum_ / examples_;
    for (const LossMeter& each : losses_) logs_[each.name] = each.sum / batches_;
    for (const Meter& meter : meters_) {
        const std::vector<double> results = meter.metric->results();
        if (results.size() == 1) {
            logs_[meter.name] = results.front();
            continue;
        }
        for (std::size_t i = 0; i < results.size(); ++i) logs_[meter.name + "[" + std::to_string(i) + "]"] = results[i];
    }
}

std::vector<std::vector<double>> Meters::state() const {
    std::vector<std::vector<double>> all = {{loss_sum_, examples_, batches_}, {}};
    for (const LossMeter& loss : losses_) all[1].push_back(loss.sum);
    for (const Meter& meter : meters_) all.push_back(meter.metric->state());
    return all;
}

void Meters::set_state(const std::vector<std::vector<double>>& state) {
    constexpr std::size_t first_metric = 2;
    if (state.size() != first_metric + meters_.size() || state[0].size() != 3 || state[1].size() != losses_.size()) {
        throw ValueError("the state is of other metrics");
    }
    loss_sum_ = state[0][0];
    examples_ = state[0][1];
    batches_ = state[0][2];
    for (std::size_t i = 0; i < losses_.size(); ++i) losses_[i].sum = state[1][i];
    for (std::size_t i = 0; i < meters_.size(); ++i) meters_[i].metric->set_state(state[first_metric + i]);
    if (examples_ > 0) log_figures();
}

}  // namespace markhor
