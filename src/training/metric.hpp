// The inside of a metric: a running figure over targets and predictions, kept on the host. One file a metric (family)
// defines a class and registers it.
#pragma once

#include <markhor/metrics.hpp>
#include <markhor/shape.hpp>
#include <markhor/tensor.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/registry.hpp"
#include "layers/fields.hpp"
#include "training/host_array.hpp"

namespace markhor {

class MetricBase {
public:
    MetricBase& operator=(const MetricBase&) = delete;
    virtual ~MetricBase() = default;

    /// Keras's class name: "MeanSquaredError".
    virtual std::string_view class_name() const = 0;
    /// "mean_squared_error", or what the user called it.
    const std::string& name() const noexcept { return name_; }
    /// Keras's config keys, in its order: name, dtype, then the metric's own.
    void describe(FieldVisitor& visitor);
    /// Checks the arguments: at construction, and after reading a config. Throws ValueError.
    virtual void check() const {}

    /// A metric of the same kind and options that has seen nothing: each run has its own.
    virtual std::unique_ptr<MetricBase> fresh() const = 0;
    /// Throws ShapeError where it cannot compare these; both have the batch as first axis.
    virtual void check_shapes(const Shape& targets, const Shape& predictions) const = 0;
    /// Adds a batch: targets of any type, floating predictions, of shapes that check_shapes() accepted. sample_weight,
    /// where there is one, is (batch,) or of more axes, as Keras's metric of this kind takes it; throws ShapeError
    /// where it does not fit.
    virtual void update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight = nullptr) = 0;
    /// Is of values: update() is given them as its targets.
    virtual bool takes_values() const { return false; }
    /// Of all since the last reset(); 0 where that is nothing, as in Keras. Of several figures the first.
    virtual double result() const = 0;
    /// All figures of a metric that has several.
    virtual std::vector<double> results() const { return {result()}; }
    virtual void reset() = 0;
    /// What was counted since the last reset(), for a run that goes on in another process: set_state() of a metric with
    /// the same options on the same data takes it. Throws ValueError for a state of another kind.
    virtual std::vector<double> state() const = 0;
    virtual void set_state(std::span<const double> numbers) = 0;

protected:
    MetricBase(std::string name, std::string dtype = "float32") : name_(std::move(name)), dtype_(std::move(dtype)) {}
    MetricBase(const MetricBase&) = default;

    /// The fields beyond name and dtype.
    virtual void describe_options(FieldVisitor& /*visitor*/) {}
    /// "auc got targets of shape (2,) for predictions of shape (3,): <what is wanted>".
    [[noreturn]] void refuse(const Shape& targets, const Shape& predictions, const std::string& wanted) const;
    /// Says that sample weights of this shape do not fit.
    [[noreturn]] void refuse_weights(const Shape& weights, const Shape& predictions) const;
    [[noreturn]] void refuse_state() const;

private:
    std::string name_;
    std::string dtype_;  // Keras's; ours is double
};

/// fresh() for a class `Derived` that can be copied.
template <class Derived, class Base = MetricBase>
class MetricOf : public Base {
public:
    using Base::Base;
    std::unique_ptr<MetricBase> fresh() const override {
        auto copy = std::make_unique<Derived>(static_cast<const Derived&>(*this));
        copy->reset();
        return copy;
    }
};

/// A mean over samples, weighted where there are weights.
class MeanMetric : public MetricBase {
public:
    double result() const override { return count_ == 0 ? 0 : sum_ / count_; }
    void reset() override { sum_ = count_ = 0; }
    std::vector<double> state() const override { return {sum_, count_}; }
    void set_state(std::span<const double> numbers) override;
    void update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight = nullptr) override;

protected:
    using MetricBase::MetricBase;
    /// The figures of a batch, the batch as first axis, and 0 in `mask` (where it has elements) for those that weights
    /// shall skip.
    struct Figures {
        HostArray values;
        HostArray mask = {};
    };
    virtual Figures figures(const Tensor& targets, const Tensor& predictions) = 0;

private:
    double sum_ = 0;
    double count_ = 0;
};

/// Class and function names -> metrics with Keras's defaults.
Registry<MetricBase>& metric_registry();

/// static const RegisterMetric<AucMetric> registered({"AUC", "auc"});
template <class T>
struct RegisterMetric {
    explicit RegisterMetric(const std::vector<std::string_view>& names) {
        metric_registry().add(names, [] { return std::make_shared<T>(); });
    }
};

/// The public handle on a new T, its arguments checked.
template <class T, class... Arguments>
Metric make_metric(const Arguments&... arguments) {
    const auto metric = std::make_shared<T>(arguments...);
    metric->check();
    return Metric(metric);
}

/// The name given, or Keras's default for the class.
inline std::string name_or(const std::string& name, std::string_view otherwise) {
    return name.empty() ? std::string(otherwise) : name;
}

/// The kind of accuracy that "accuracy" stands for with these shapes: binary for one output, categorical where targets
/// have one value a class, else sparse categorical.
std::shared_ptr<MetricBase> resolve_accuracy(const std::string& name, const Shape& targets, const Shape& predictions);

}  // namespace markhor
