// The figures of one pass over the data: the losses, weighted by batch size, and the metrics.
#pragma once

#include <markhor/callbacks.hpp>
#include <markhor/metrics.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "training/metric.hpp"

namespace markhor {

/// One output of a model, as it is measured. Shapes have the batch as first axis.
struct MeteredOutput {
    std::string name = {};  ///< before its figures' names; empty for a model's only output
    bool has_loss = true;
    std::vector<Metric> metrics = {};
    std::vector<Metric> weighted_metrics = {};  ///< these alone see sample weights
    Shape targets = {};
    Shape predictions = {};
};

/// An output's part of a batch.
struct OutputFigures {
    double loss = 0;
    const Tensor* targets = nullptr;
    const Tensor* predictions = nullptr;
    const Tensor* sample_weight = nullptr;
};

class Meters {
public:
    /// Throws ShapeError where a metric cannot compare its output's shapes.
    explicit Meters(const std::vector<MeteredOutput>& outputs);

    void reset();
    /// A batch of `examples` whose whole loss this is, and what each output has to it.
    void update(double loss, std::int64_t examples, std::span<const OutputFigures> outputs);
    /// Of all since the last reset(), by Keras's names: "loss", where several outputs have one "NAME_loss" each (as in
    /// Keras each batch counts the same there, also a smaller last one), and the metrics, "mse" or "NAME_mse". Where
    /// two have one name: "mse", "mse_1", for a weighted one "weighted_mse". A metric with several figures has
    /// "f1_score[0]", "f1_score[1]", … (Keras logs an array).
    const Logs& logs() const noexcept { return logs_; }

    /// All that was counted since the last reset(), and back, of meters of the same outputs. Throws ValueError for a
    /// state of others.
    std::vector<std::vector<double>> state() const;
    void set_state(const std::vector<std::vector<double>>& state);

private:
    struct Meter {
        std::unique_ptr<MetricBase> metric;
        std::string name;
        std::size_t output = 0;
        bool weighted = false;
    };
    struct LossMeter {
        std::string name;
        std::size_t output = 0;
        double sum = 0;
    };
    void log_figures();
    void add(const Metric& metric, const MeteredOutput& output, std::size_t index, bool weighted);
    bool has(const std::string& name) const;

    double loss_sum_ = 0;
    double examples_ = 0;
    double batches_ = 0;
    std::vector<LossMeter> losses_;
    std::vector<Meter> meters_;
    Logs logs_;
};

}  // namespace markhor
