#include "training/confusion_metric.hpp"

#include <fmt/format.h>

#include <markhor/error.hpp>

#include "layers/layer_base.hpp"

namespace markhor {

ConfusionMetric::ConfusionMetric(std::string_view class_name, const std::string& name)
    : MetricBase(name.empty() ? unique_name(class_name) : name) {}

void ConfusionMetric::check_shapes(const Shape& targets, const Shape& predictions) const {
    try {
        counts().check_shapes(targets, predictions);
    } catch (const ShapeError& error) {
        refuse(targets, predictions, error.what());
    }
}

void ConfusionMetric::set_state(std::span<const double> numbers) {
    reset();
    if (numbers.empty()) return;
    counts_.emplace(counting());
    if (!counts_->set_numbers(numbers)) refuse_state();
}

void ConfusionMetric::update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight) {
    if (!counts_) counts_.emplace(counting());
    HostArray weights;
    if (sample_weight != nullptr) weights = host_array(*sample_weight);
    try {
        counts_->add(host_array(targets), readied(host_array(predictions)),
                     sample_weight != nullptr ? &weights : nullptr);
    } catch (const ShapeError&) {
        refuse_weights(sample_weight->shape(), predictions.shape());
    }
}

void check_thresholds(const std::string& name, const Numbers& thresholds) {
    for (const double threshold : thresholds.values()) {
        if (threshold >= 0 && threshold <= 1) continue;
        throw ValueError(name + ": a threshold is " + fmt::format("{}", threshold) + "; numbers in [0, 1] are wanted");
    }
}

void check_count_of_thresholds(const std::string& name, std::int64_t count, std::int64_t least) {
    constexpr std::int64_t most = 1'000'000;  // more is a mistake
    if (count >= least && count <= most) return;
    throw ValueError(name + ": num_thresholds is " + std::to_string(count) + "; " + std::to_string(least) + " to " +
                     std::to_string(most) + " are wanted");
}

void check_class_id(const std::string& name, const std::optional<std::int64_t>& class_id) {
    if (class_id && *class_id < 0) {
        throw ValueError(name + ": class_id is " + std::to_string(*class_id) + "; the number of a class is wanted");
    }
}

std::vector<double> even_thresholds(std::int64_t count, double beyond) {
    if (count == 1) return {0.5};
    std::vector<double> thresholds;
    for (std::int64_t i = 0; i < count; ++i)
        thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
    thresholds.front() -= beyond;
    thresholds.back() += beyond;
    return thresholds;
}

}  // namespace markhor
