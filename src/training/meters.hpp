// The figures of one pass over the data: the loss, weighted by batch size, and the metrics.
#pragma once

#include <markhor/callbacks.hpp>
#include <markhor/losses.hpp>
#include <memory>
#include <string>
#include <vector>

#include "training/metric.hpp"

namespace markhor {

class Meters {
public:
    /// Metrics for these shapes (with the batch as first axis). Throws ShapeError where one of them cannot compare them.
    Meters(const std::vector<Metric>& metrics, const Shape& targets, const Shape& predictions);

    void reset();
    /// A batch of `examples` whose mean loss this is.
    void update(double loss, std::int64_t examples, const Tensor& targets, const Tensor& predictions);
    /// Of all since the last reset(): "loss" and each metric's name.
    const Logs& logs() const noexcept { return logs_; }

private:
    struct Meter {
        std::unique_ptr<MetricBase> metric;
        double* log = nullptr;  // its place in logs_
    };
    double loss_sum_ = 0;
    double examples_ = 0;
    std::vector<Meter> meters_;
    Logs logs_;
    double* loss_log_ = nullptr;
};

}  // namespace markhor
