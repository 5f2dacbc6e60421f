// How often predictions are right: keras.metrics' accuracies.
#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>

#include "training/metric.hpp"

namespace markhor {
namespace {

Shape leading(const Shape& shape) { return Shape(std::vector<std::int64_t>(shape.begin(), shape.end() - 1)); }

// Target and prediction compared one by one.
class ElementAccuracy : public MeanMetric {
public:
    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        Shape target = targets;
        Shape prediction = predictions;
        match_ranks(target, prediction);
        if (target != prediction) refuse(targets, predictions, "one target a prediction is wanted");
    }

protected:
    using MeanMetric::MeanMetric;
    Figures figures(const Tensor& targets, const Tensor& predictions) override {
        HostArray target = host_array(targets);
        HostArray prediction = host_array(predictions);
        match_ranks(target, prediction);
        for (std::size_t i = 0; i < target.size(); ++i) {
            target.values[i] = is_right(target.values[i], prediction.values[i]) ? 1 : 0;
        }
        return {std::move(target)};
    }

private:
    virtual bool is_right(double target, double prediction) const = 0;
};

class AccuracyMetric final : public MetricOf<AccuracyMetric, ElementAccuracy> {
public:
    explicit AccuracyMetric(const std::string& name = {}) : MetricOf(name_or(name, "accuracy")) {}
    std::string_view class_name() const override { return "Accuracy"; }

private:
    bool is_right(double target, double prediction) const override { return target == prediction; }
};

class BinaryAccuracyMetric final : public MetricOf<BinaryAccuracyMetric, ElementAccuracy> {
public:
    explicit BinaryAccuracyMetric(const metrics::BinaryAccuracyOptions& options = {})
        : MetricOf(name_or(options.name, "binary_accuracy")), threshold_(options.threshold) {}
    std::string_view class_name() const override { return "BinaryAccuracy"; }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("threshold", threshold_); }

private:
    // Keras compares in float32.
    bool is_right(double target, double prediction) const override {
        return target == (prediction > static_cast<double>(static_cast<float>(threshold_)) ? 1.0 : 0.0);
    }
    double threshold_;
};

// Rows of scores, of which each metric says whether they are right about a class.
class RowAccuracy : public MeanMetric {
protected:
    using MeanMetric::MeanMetric;
    Figures figures(const Tensor& targets, const Tensor& predictions) override {
        const HostArray target = host_array(targets);
        const HostArray prediction = host_array(predictions);
        const auto classes = static_cast<std::size_t>(prediction.shape.back());
        HostArray right{leading(prediction.shape), {}};
        for (std::size_t begin = 0; begin < prediction.size(); begin += classes) {
            const double wanted = wanted_class(target, begin / classes);
            right.values.push_back(is_right(prediction, begin, classes, wanted) ? 1 : 0);
        }
        return {std::move(right)};
    }

    // Whether the scores from `begin` on are right about the class.
    virtual bool is_right(const HostArray& scores, std::size_t begin, std::size_t classes, double wanted) const {
        return static_cast<double>(argmax(scores, begin, classes)) == wanted;
    }

private:
    virtual double wanted_class(const HostArray& targets, std::size_t row) const = 0;
};

// Targets are one number a class.
class DenseRowAccuracy : public RowAccuracy {
public:
    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        if (targets.rank() != predictions.rank() || targets.rank() == 0 || leading(targets) != leading(predictions)) {
            refuse(targets, predictions, "one number a class is wanted");
        }
    }

protected:
    using RowAccuracy::RowAccuracy;

private:
    double wanted_class(const HostArray& targets, std::size_t row) const override {
        const auto classes = static_cast<std::size_t>(targets.shape.back());
        return static_cast<double>(argmax(targets, row * classes, classes));
    }
};

// Targets are class numbers.
class SparseRowAccuracy : public RowAccuracy {
public:
    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        if (predictions.rank() != 0) {
            Shape with_one = leading(predictions);
            with_one.push_back(1);
            if (targets == leading(predictions) || targets == with_one) return;
        }
        refuse(targets, predictions, "one class number a prediction is wanted");
    }

protected:
    using RowAccuracy::RowAccuracy;

private:
    double wanted_class(const HostArray& targets, std::size_t row) const override { return targets.values[row]; }
};

class CategoricalAccuracyMetric final : public MetricOf<CategoricalAccuracyMetric, DenseRowAccuracy> {
public:
    explicit CategoricalAccuracyMetric(const std::string& name = {})
        : MetricOf(name_or(name, "categorical_accuracy")) {}
    std::string_view class_name() const override { return "CategoricalAccuracy"; }
};

class SparseCategoricalAccuracyMetric final : public MetricOf<SparseCategoricalAccuracyMetric, SparseRowAccuracy> {
public:
    explicit SparseCategoricalAccuracyMetric(const std::string& name = {})
        : MetricOf(name_or(name, "sparse_categorical_accuracy")) {}
    std::string_view class_name() const override { return "SparseCategoricalAccuracy"; }
};

// The wanted class is among the k largest: fewer than k scores are larger than its own, so that ties count as hits;
// never where its score is not finite (TensorFlow's in_top_k).
bool is_in_top(const HostArray& scores, std::size_t begin, std::size_t classes, double wanted, std::int64_t k) {
    if (!(wanted >= 0 && wanted < static_cast<double>(classes))) return false;
    const double own = scores.values[begin + static_cast<std::size_t>(wanted)];
    if (!std::isfinite(own)) return false;
    std::int64_t larger = 0;
    for (std::size_t i = begin; i < begin + classes; ++i) {
        if (!std::isfinite(scores.values[i])) return false;
        if (scores.values[i] > own) ++larger;
    }
    return larger < k;
}

void check_k(const std::string& name, std::int64_t k) {
    if (k < 1) throw ValueError(name + ": k is " + std::to_string(k) + "; at least 1 is wanted");
}

class TopK final : public MetricOf<TopK, DenseRowAccuracy> {
public:
    explicit TopK(const metrics::TopKOptions& options = {})
        : MetricOf(name_or(options.name, "top_k_categorical_accuracy")), k_(options.k) {}
    std::string_view class_name() const override { return "TopKCategoricalAccuracy"; }
    void check() const override { check_k(name(), k_); }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("k", k_); }

private:
    bool is_right(const HostArray& scores, std::size_t begin, std::size_t classes, double wanted) const override {
        return is_in_top(scores, begin, classes, wanted, k_);
    }
    std::int64_t k_;
};

class SparseTopK final : public MetricOf<SparseTopK, SparseRowAccuracy> {
public:
    explicit SparseTopK(const metrics::SparseTopKOptions& options = {})
        : MetricOf(name_or(options.name, "sparse_top_k_categorical_accuracy")),
          k_(options.k),
          from_sorted_ids_(options.from_sorted_ids) {}
    std::string_view class_name() const override { return "SparseTopKCategoricalAccuracy"; }
    void check() const override { check_k(name(), k_); }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("k", k_);
        visitor.field("from_sorted_ids", from_sorted_ids_);
    }

private:
    bool is_right(const HostArray& scores, std::size_t begin, std::size_t classes, double wanted) const override {
        if (!from_sorted_ids_) return is_in_top(scores, begin, classes, wanted, k_);
        const auto first = scores.values.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = first + static_cast<std::ptrdiff_t>(std::min(classes, static_cast<std::size_t>(k_)));
        return std::find(first, last, wanted) != last;
    }
    std::int64_t k_;
    bool from_sorted_ids_;
};

const RegisterMetric<AccuracyMetric> registered_accuracy({"Accuracy"});
const RegisterMetric<BinaryAccuracyMetric> registered_binary_accuracy({"BinaryAccuracy", "binary_accuracy"});
const RegisterMetric<CategoricalAccuracyMetric> registered_categorical_accuracy({"CategoricalAccuracy",
                                                                                 "categorical_accuracy"});
const RegisterMetric<SparseCategoricalAccuracyMetric> registered_sparse_categorical_accuracy(
    {"SparseCategoricalAccuracy", "sparse_categorical_accuracy"});
const RegisterMetric<TopK> registered_top_k({"TopKCategoricalAccuracy", "top_k_categorical_accuracy"});
const RegisterMetric<SparseTopK> registered_sparse_top_k({"SparseTopKCategoricalAccuracy",
                                                          "sparse_top_k_categorical_accuracy"});

}  // namespace

namespace metrics {

Metric Accuracy(const std::string& name) { return make_metric<AccuracyMetric>(name); }
Metric BinaryAccuracy(const BinaryAccuracyOptions& options) { return make_metric<BinaryAccuracyMetric>(options); }
Metric CategoricalAccuracy(const std::string& name) { return make_metric<CategoricalAccuracyMetric>(name); }
Metric SparseCategoricalAccuracy(const std::string& name) { return make_metric<SparseCategoricalAccuracyMetric>(name); }
Metric TopKCategoricalAccuracy(const TopKOptions& options) { return make_metric<TopK>(options); }
Metric SparseTopKCategoricalAccuracy(const SparseTopKOptions& options) { return make_metric<SparseTopK>(options); }

}  // namespace metrics
}  // namespace markhor
