#include "training/meters.hpp"

#include <algorithm>

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
    loss_sum_ = examples_ = 0;
    for (LossMeter& loss : losses_) loss.sum = 0;
    for (Meter& meter : meters_) meter.metric->reset();
}

void Meters::update(double loss, std::int64_t examples, std::span<const OutputFigures> outputs) {
    const auto count = static_cast<double>(examples);
    loss_sum_ += loss * count;
    examples_ += count;
    logs_["loss"] = loss_sum_ / examples_;
    for (LossMeter& each : losses_) {
        each.sum += outputs[each.output].loss * count;
        logs_[each.name] = each.sum / examples_;
    }
    for (Meter& meter : meters_) {
        const OutputFigures& output = outputs[meter.output];
        meter.metric->update(*output.targets, *output.predictions, meter.weighted ? output.sample_weight : nullptr);
        const std::vector<double> results = meter.metric->results();
        if (results.size() == 1) {
            logs_[meter.name] = results.front();
            continue;
        }
        for (std::size_t i = 0; i < results.size(); ++i) logs_[meter.name + "[" + std::to_string(i) + "]"] = results[i];
    }
}

}  // namespace markhor
