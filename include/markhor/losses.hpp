// keras.losses and keras.metrics: what training minimises and what it reports.
#pragma once

#include <memory>
#include <string>

namespace markhor {

class LossBase;    // src/training/loss.hpp
class MetricBase;  // src/training/metric.hpp

/// A loss. Made from Keras's string ("sparse_categorical_crossentropy", "mse") or as below. Averages over the batch.
class Loss {
public:
    Loss(const char* name);         // NOLINT(google-explicit-constructor)
    Loss(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Loss(std::shared_ptr<const LossBase> base) : base_(std::move(base)) {}
    const std::shared_ptr<const LossBase>& base() const noexcept { return base_; }

private:
    std::shared_ptr<const LossBase> base_;
};

namespace losses {

struct CrossentropyOptions {
    bool from_logits = false;
};
/// Targets: class numbers.
Loss SparseCategoricalCrossentropy(const CrossentropyOptions& options = {});

struct SmoothedCrossentropyOptions {
    bool from_logits = false;
    double label_smoothing = 0.0;
};
/// Targets: one probability a class.
Loss CategoricalCrossentropy(const SmoothedCrossentropyOptions& options = {});
/// Targets: 0 or 1 for each output.
Loss BinaryCrossentropy(const SmoothedCrossentropyOptions& options = {});
Loss MeanSquaredError();

}  // namespace losses

/// A metric. Made from Keras's string; "accuracy" becomes the kind that fits targets and outputs, as in Keras.
class Metric {
public:
    Metric(const char* name);         // NOLINT(google-explicit-constructor)
    Metric(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Metric(std::string name, std::shared_ptr<MetricBase> base) : name_(std::move(name)), base_(std::move(base)) {}
    /// The key in History: "accuracy".
    const std::string& name() const noexcept { return name_; }
    /// Null for "accuracy" until the shapes are known.
    const std::shared_ptr<MetricBase>& base() const noexcept { return base_; }

private:
    std::string name_;
    std::shared_ptr<MetricBase> base_;
};

namespace metrics {

Metric Accuracy();
Metric BinaryAccuracy(double threshold = 0.5);
Metric CategoricalAccuracy();
Metric SparseCategoricalAccuracy();
Metric MeanSquaredError();

}  // namespace metrics
}  // namespace markhor
