#include "training/meters.hpp"

#include <algorithm>

namespace markhor {

Meters::Meters(const std::vector<Metric>& metrics, const Shape& targets, const Shape& predictions,
               const std::vector<Metric>& weighted_metrics) {
    logs_["loss"] = 0;
    for (const Metric& metric : metrics) add(metric, targets, predictions, false);
    for (const Metric& metric : weighted_metrics) add(metric, targets, predictions, true);
}

bool Meters::has(const std::string& name) const {
    return std::ranges::any_of(meters_, [&](const Meter& meter) { return meter.name == name; });
}

void Meters::add(const Metric& metric, const Shape& targets, const Shape& predictions, bool weighted) {
    const std::shared_ptr<MetricBase> base =
        metric.base() ? metric.base() : resolve_accuracy(metric.name(), targets, predictions);
    base->check_shapes(targets, predictions);
    std::string name = metric.name();
    if (weighted && has(name)) name = "weighted_" + name;
    std::string unique = name;
    for (int i = 1; has(unique); ++i) unique = name + "_" + std::to_string(i);
    meters_.push_back({base->fresh(), unique, weighted});
}

void Meters::reset() {
    loss_sum_ = examples_ = 0;
    for (Meter& meter : meters_) meter.metric->reset();
}

void Meters::update(double loss, std::int64_t examples, const Tensor& targets, const Tensor& predictions,
                    const Tensor* sample_weight) {
    loss_sum_ += loss * static_cast<double>(examples);
    examples_ += static_cast<double>(examples);
    logs_["loss"] = loss_sum_ / examples_;
    for (Meter& meter : meters_) {
        meter.metric->update(targets, predictions, meter.weighted ? sample_weight : nullptr);
        const std::vector<double> results = meter.metric->results();
        if (results.size() == 1) {
            logs_[meter.name] = results.front();
            continue;
        }
        for (std::size_t i = 0; i < results.size(); ++i) logs_[meter.name + "[" + std::to_string(i) + "]"] = results[i];
    }
}

}  // namespace markhor
