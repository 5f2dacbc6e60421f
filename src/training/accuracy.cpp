// How often predictions are right: keras.metrics' accuracies.
#include <string>
#include <vector>

#include "training/element.hpp"
#include "training/metric.hpp"

namespace markhor {
namespace {

[[noreturn]] void refuse(const char* name, const Shape& targets, const Shape& predictions) {
    throw ShapeError(std::string(name) + " cannot compare targets of shape " + targets.str() +
                     " with predictions of shape " + predictions.str());
}

Shape leading(const Shape& shape) { return Shape(std::vector<std::int64_t>(shape.begin(), shape.end() - 1)); }

// The first of the largest of `count` elements from `begin`.
std::size_t argmax(const Tensor& tensor, std::size_t begin, std::size_t count) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count; ++i) {
        if (element(tensor, begin + i) > element(tensor, begin + best)) best = i;
    }
    return best;
}

// Target and prediction compared one by one.
class ElementAccuracy : public MeanMetric {
public:
    void check(const Shape& targets, const Shape& predictions) const override {
        const auto [target, prediction] = same_rank(targets, predictions);
        if (target != prediction) refuse("accuracy", targets, predictions);
    }
    void update(const Tensor& targets, const Tensor& predictions) override {
        const auto count = static_cast<std::size_t>(targets.size());
        double right = 0;
        for (std::size_t i = 0; i < count; ++i) right += is_right(element(targets, i), element(predictions, i)) ? 1 : 0;
        add(right, static_cast<double>(count));
    }

private:
    virtual bool is_right(double target, double prediction) const = 0;
};

class Equality final : public ElementAccuracy {
public:
    std::unique_ptr<MetricBase> fresh() const override { return std::make_unique<Equality>(); }

private:
    bool is_right(double target, double prediction) const override { return target == prediction; }
};

class Binary final : public ElementAccuracy {
public:
    explicit Binary(double threshold) : threshold_(threshold) {}
    std::unique_ptr<MetricBase> fresh() const override { return std::make_unique<Binary>(threshold_); }

private:
    bool is_right(double target, double prediction) const override {
        return target == (prediction > threshold_ ? 1.0 : 0.0);
    }
    const double threshold_;
};

class Categorical final : public MeanMetric {
public:
    std::unique_ptr<MetricBase> fresh() const override { return std::make_unique<Categorical>(); }
    void check(const Shape& targets, const Shape& predictions) const override {
        if (targets.rank() != predictions.rank() || leading(targets) != leading(predictions)) {
            refuse("categorical_accuracy", targets, predictions);
        }
    }
    void update(const Tensor& targets, const Tensor& predictions) override {
        const auto target_classes = static_cast<std::size_t>(targets.shape().back());
        const auto classes = static_cast<std::size_t>(predictions.shape().back());
        const auto rows = static_cast<std::size_t>(predictions.size()) / classes;
        double right = 0;
        for (std::size_t row = 0; row < rows; ++row) {
            const std::size_t target = argmax(targets, row * target_classes, target_classes);
            right += target == argmax(predictions, row * classes, classes) ? 1 : 0;
        }
        add(right, static_cast<double>(rows));
    }
};

class SparseCategorical final : public MeanMetric {
public:
    std::unique_ptr<MetricBase> fresh() const override { return std::make_unique<SparseCategorical>(); }
    void check(const Shape& targets, const Shape& predictions) const override {
        Shape with_one = leading(predictions);
        with_one.push_back(1);
        if (targets != leading(predictions) && targets != with_one) {
            refuse("sparse_categorical_accuracy", targets, predictions);
        }
    }
    void update(const Tensor& targets, const Tensor& predictions) override {
        const auto classes = static_cast<std::size_t>(predictions.shape().back());
        const auto rows = static_cast<std::size_t>(predictions.size()) / classes;
        double right = 0;
        for (std::size_t row = 0; row < rows; ++row) {
            const auto best = static_cast<double>(argmax(predictions, row * classes, classes));
            right += element(targets, row) == best ? 1 : 0;
        }
        add(right, static_cast<double>(rows));
    }
};

}  // namespace

namespace metrics {

Metric Accuracy() { return Metric("accuracy", std::make_shared<Equality>()); }
Metric BinaryAccuracy(double threshold) { return Metric("binary_accuracy", std::make_shared<Binary>(threshold)); }
Metric CategoricalAccuracy() { return Metric("categorical_accuracy", std::make_shared<Categorical>()); }
Metric SparseCategoricalAccuracy() {
    return Metric("sparse_categorical_accuracy", std::make_shared<SparseCategorical>());
}

}  // namespace metrics
}  // namespace markhor
