#include "training/meters.hpp"

namespace markhor {

Meters::Meters(const std::vector<Metric>& metrics, const Shape& targets, const Shape& predictions) {
    // A map's elements stay where they are, so their addresses can be kept.
    loss_log_ = &logs_["loss"];
    for (const Metric& metric : metrics) {
        const Metric known = metric.base() ? metric : resolve_accuracy(metric.name(), targets, predictions);
        known.base()->check(targets, predictions);
        meters_.push_back({known.base()->fresh(), &logs_[known.name()]});
    }
}

void Meters::reset() {
    loss_sum_ = examples_ = 0;
    for (Meter& meter : meters_) meter.metric->reset();
}

void Meters::update(double loss, std::int64_t examples, const Tensor& targets, const Tensor& predictions) {
    loss_sum_ += loss * static_cast<double>(examples);
    examples_ += static_cast<double>(examples);
    *loss_log_ = loss_sum_ / examples_;
    for (Meter& meter : meters_) {
        meter.metric->update(targets, predictions);
        *meter.log = meter.metric->result();
    }
}

}  // namespace markhor
