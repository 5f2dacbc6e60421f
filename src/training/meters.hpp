// The figures of one pass over the data: the loss, weighted by batch size, and the metrics.
#pragma once

#include <markhor/callbacks.hpp>
#include <markhor/metrics.hpp>
#include <memory>
#include <string>
#include <vector>

#include "training/metric.hpp"

namespace markhor {

class Meters {
public:
    /// Metrics for these shapes (with the batch as first axis); only weighted_metrics see sample weights. Throws
    /// ShapeError where one of them cannot compare the shapes.
    Meters(const std::vector<Metric>& metrics, const Shape& targets, const Shape& predictions,
           const std::vector<Metric>& weighted_metrics = {});

    void reset();
    /// A batch of `examples` whose loss this is.
    void update(double loss, std::int64_t examples, const Tensor& targets, const Tensor& predictions,
                const Tensor* sample_weight = nullptr);
    /// Of all since the last reset(): "loss" and each metric's name. Where two have one name, Keras's: "mse", "mse_1",
    /// for a weighted one "weighted_mse". A metric with several figures has "f1_score[0]", "f1_score[1]", … (Keras logs
    /// an array).
    const Logs& logs() const noexcept { return logs_; }

private:
    struct Meter {
        std::unique_ptr<MetricBase> metric;
        std::string name;
        bool weighted = false;
    };
    void add(const Metric& metric, const Shape& targets, const Shape& predictions, bool weighted);
    bool has(const std::string& name) const;

    double loss_sum_ = 0;
    double examples_ = 0;
    std::vector<Meter> meters_;
    Logs logs_;
};

}  // namespace markhor
