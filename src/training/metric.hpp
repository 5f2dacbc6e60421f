// The inside of a metric: a running figure over targets and predictions, kept on the host. One file a metric (family)
// defines a class; metric.cpp knows the names.
#pragma once

#include <markhor/losses.hpp>
#include <markhor/shape.hpp>
#include <markhor/tensor.hpp>
#include <memory>
#include <utility>

namespace markhor {

class MetricBase {
public:
    MetricBase() = default;
    MetricBase(const MetricBase&) = delete;
    MetricBase& operator=(const MetricBase&) = delete;
    virtual ~MetricBase() = default;

    /// A metric of the same kind that has seen nothing: each run has its own.
    virtual std::unique_ptr<MetricBase> fresh() const = 0;
    /// Throws ShapeError where it cannot compare these; both have the batch as first axis.
    virtual void check(const Shape& targets, const Shape& predictions) const = 0;
    /// Adds a batch: targets of any type, predictions in float32, of shapes that check() accepted.
    virtual void update(const Tensor& targets, const Tensor& predictions) = 0;
    /// Of all since the last reset(); 0 where that is nothing, as in Keras.
    virtual double result() const = 0;
    virtual void reset() = 0;
};

/// A metric that is a mean over samples.
class MeanMetric : public MetricBase {
public:
    double result() const override { return count_ == 0 ? 0 : sum_ / count_; }
    void reset() override { sum_ = count_ = 0; }

protected:
    void add(double sum, double count) {
        sum_ += sum;
        count_ += count;
    }

private:
    double sum_ = 0;
    double count_ = 0;
};

/// Both shapes after Keras's squeeze_or_expand_to_same_rank: an axis of size 1 at the end that only one has is added to a
/// shape of rank 1 and dropped from one of higher rank.
std::pair<Shape, Shape> same_rank(Shape targets, Shape predictions);

/// The kind of accuracy that "accuracy" stands for with these shapes: binary for one output, categorical where targets have
/// one value a class, else sparse categorical.
Metric resolve_accuracy(const std::string& name, const Shape& targets, const Shape& predictions);

}  // namespace markhor
