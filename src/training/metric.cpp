// What all metrics share: means over samples as Keras takes them, and the table of names.
#include "training/metric.hpp"

#include <markhor/error.hpp>

#include "layers/finite_fields.hpp"

namespace markhor {
namespace {

bool is_automatic(const std::string& name) {
    return name == "accuracy" || name == "acc" || name == "Accuracy" || name == "ACCURACY" || name == "ACC";
}

}  // namespace

void MetricBase::describe(FieldVisitor& visitor) {
    visitor.field("name", name_);
    visitor.field("dtype", dtype_);
    describe_options(visitor);
}

void MetricBase::refuse(const Shape& targets, const Shape& predictions, const std::string& wanted) const {
    throw ShapeError(name_ + " got targets of shape " + targets.str() + " for predictions of shape " +
                     predictions.str() + ": " + wanted);
}

void MetricBase::refuse_weights(const Shape& weights, const Shape& predictions) const {
    throw ShapeError(name_ + ": sample weights of shape " + weights.str() + " came for predictions of shape " +
                     predictions.str() + "; one weight a sample is wanted");
}

void MetricBase::refuse_state() const { throw ValueError(name_ + ": the state is of another metric"); }

void MeanMetric::set_state(std::span<const double> numbers) {
    if (numbers.size() != 2) refuse_state();
    sum_ = numbers[0];
    count_ = numbers[1];
}

// As keras.metrics.Mean reduces values to one a sample before it adds them.
void MeanMetric::update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight) {
    auto [values, mask] = figures(targets, predictions);
    if (sample_weight == nullptr) {
        sum_ += mean_from(values, 1).sum();
        count_ += values.rank() == 0 ? 1 : static_cast<double>(values.shape[0]);
        return;
    }
    HostArray weights = host_array(*sample_weight);
    try {
        if (mask.size() != 0) {
            match_ranks(mask, weights);
            weights = broadcast_to(weights, mask.shape);
            for (std::size_t i = 0; i < weights.size(); ++i) weights.values[i] *= mask.values[i];
        }
        match_ranks(values, weights);
        values = mean_from(values, weights.rank());
        weights = broadcast_to(weights, values.shape);
    } catch (const ShapeError&) {
        refuse_weights(sample_weight->shape(), predictions.shape());
    }
    for (std::size_t i = 0; i < values.size(); ++i) values.values[i] *= weights.values[i];
    sum_ += mean_from(values, 1).sum();
    count_ += mean_from(weights, 1).sum();
}

Registry<MetricBase>& metric_registry() {
    static Registry<MetricBase> registry("metric");
    return registry;
}

std::shared_ptr<MetricBase> resolve_accuracy(const std::string& name, const Shape& targets, const Shape& predictions) {
    if (predictions.dim(-1) == 1) return metrics::BinaryAccuracy({.name = name}).base();
    if (targets.rank() < predictions.rank() || targets.back() == 1)
        return metrics::SparseCategoricalAccuracy(name).base();
    return metrics::CategoricalAccuracy(name).base();
}

Metric::Metric(const std::string& name)
    : name_(name), identifier_(name), base_(is_automatic(name) ? nullptr : metric_registry().make(name)) {}
Metric::Metric(const char* name) : Metric(std::string(name)) {}
Metric::Metric(std::shared_ptr<MetricBase> base) : name_(base->name()), base_(std::move(base)) {
    check_finite_fields(name_ + ": ", *base_);
}

void Metric::update_state(const Tensor& targets, const Tensor& predictions, const Tensor& sample_weight) {
    if (!base_) base_ = resolve_accuracy(name_, targets.shape(), predictions.shape());
    base_->check_shapes(targets.shape(), predictions.shape());
    base_->update(targets, predictions, sample_weight.defined() ? &sample_weight : nullptr);
}

double Metric::result() const { return base_ ? base_->result() : 0; }
std::vector<double> Metric::results() const { return base_ ? base_->results() : std::vector<double>{0}; }

void Metric::reset_state() {
    if (base_) base_->reset();
}

}  // namespace markhor
