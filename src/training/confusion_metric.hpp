// What the metrics that are made of confusion counts share, and the checks of their arguments.
#pragma once

#include <markhor/options.hpp>
#include <optional>

#include "training/confusion.hpp"
#include "training/metric.hpp"

namespace markhor {

class ConfusionMetric : public MetricBase {
public:
    void check_shapes(const Shape& targets, const Shape& predictions) const override;
    void update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight = nullptr) override;
    double result() const override { return results().front(); }
    std::vector<double> results() const override = 0;
    void reset() override { counts_ = std::nullopt; }
    std::vector<double> state() const override { return counts_ ? counts_->numbers() : std::vector<double>(); }
    void set_state(std::span<const double> numbers) override;

protected:
    /// Keras gives these an automatic name: "precision", then "precision_1".
    ConfusionMetric(std::string_view class_name, const std::string& name);

    /// How to count, from the options, which reading a config may have changed since construction.
    virtual ConfusionOptions counting() const = 0;
    /// What predictions are before they are counted.
    virtual HostArray readied(HostArray predictions) const { return predictions; }
    /// Zeros at counting()'s thresholds before the first batch.
    ConfusionCounts counts() const { return counts_.value_or(ConfusionCounts(counting())); }

private:
    std::optional<ConfusionCounts> counts_;
};

/// Each throws ValueError, starting with the metric's name.
void check_thresholds(const std::string& name, const Numbers& thresholds);
void check_count_of_thresholds(const std::string& name, std::int64_t count, std::int64_t least);
void check_class_id(const std::string& name, const std::optional<std::int64_t>& class_id);
/// 0 - beyond, 1/(n - 1), …, 1 + beyond; one threshold is 1/2.
std::vector<double> even_thresholds(std::int64_t count, double beyond);

}  // namespace markhor
