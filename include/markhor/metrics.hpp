// keras.metrics: what training and evaluation report. Each is a class with Keras's arguments and defaults;
// https://keras.io/api/metrics has the formulas.
#pragma once

#include <cstdint>
#include <markhor/tensor.hpp>
#include <memory>
#include <string>
#include <vector>

namespace markhor {

class MetricBase;  // src/training/metric.hpp

/// A metric and what it has seen. Made from Keras's string ("accuracy", "mse", "AUC"; "accuracy" becomes the kind that
/// fits targets and outputs) or as below. Copies are the same metric. compile() takes its kind and options: each run
/// counts by itself.
class Metric {
public:
    Metric(const char* name);         // NOLINT(google-explicit-constructor)
    Metric(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Metric(std::shared_ptr<MetricBase> base);

    /// The key in History: the string that it was made from, or the object's name.
    const std::string& name() const noexcept { return name_; }
    /// The string that it was made from; empty where it was made as an object.
    const std::string& identifier() const noexcept { return identifier_; }
    /// Null for "accuracy" until the shapes are known.
    const std::shared_ptr<MetricBase>& base() const noexcept { return base_; }

    /// Adds a batch. Throws ShapeError where these do not fit each other.
    void update_state(const Tensor& targets, const Tensor& predictions, const Tensor& sample_weight = {});
    /// Of all since the last reset_state(); 0 where that is nothing. The first of results().
    double result() const;
    /// All of a metric that has several figures (one a threshold, one a class).
    std::vector<double> results() const;
    void reset_state();

private:
    std::string name_;
    std::string identifier_;
    std::shared_ptr<MetricBase> base_;
};

namespace metrics {

/// How often target and prediction are equal.
Metric Accuracy(const std::string& name = {});
struct BinaryAccuracyOptions {
    std::string name = {};
    double threshold = 0.5;
};
/// How often a prediction is beyond the threshold just where the target is 1.
Metric BinaryAccuracy(const BinaryAccuracyOptions& options = {});
/// How often the largest prediction is the largest target's; of equals the first counts.
Metric CategoricalAccuracy(const std::string& name = {});
/// How often the largest prediction is the target's class number.
Metric SparseCategoricalAccuracy(const std::string& name = {});
struct TopKOptions {
    std::int64_t k = 5;
    std::string name = {};
};
/// How often the largest target's class is among the k largest predictions; equals of the k-th count.
Metric TopKCategoricalAccuracy(const TopKOptions& options = {});
struct SparseTopKOptions {
    std::int64_t k = 5;
    std::string name = {};
    bool from_sorted_ids = false;  ///< predictions are class numbers, best first, not scores
};
/// The same for targets that are class numbers.
Metric SparseTopKCategoricalAccuracy(const SparseTopKOptions& options = {});
Metric MeanSquaredError(const std::string& name = {});

}  // namespace metrics
}  // namespace markhor
