// Mean and Sum: metrics of values, not of targets and predictions.
#include <markhor/error.hpp>

#include "training/metric.hpp"

namespace markhor {
namespace {

/// Refuses what compile() would do with it.
class ValueMetric : public MetricBase {
public:
    using MetricBase::MetricBase;
    bool takes_values() const override { return true; }
    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        refuse(targets, predictions, "it is of values, for update_values(), and compares no targets with predictions");
    }
};

class MeanOfValues final : public MetricOf<MeanOfValues, ValueMetric> {
public:
    explicit MeanOfValues(const std::string& name = {}) : MetricOf(name_or(name, "mean")) {}
    std::string_view class_name() const override { return "Mean"; }
    void update(const Tensor& values, const Tensor&, const Tensor* sample_weight) override {
        meter_.update(values, values, sample_weight);
    }
    double result() const override { return meter_.result(); }
    void reset() override { meter_.reset(); }
    std::vector<double> state() const override { return meter_.state(); }
    void set_state(std::span<const double> numbers) override { meter_.set_state(numbers); }

private:
    class Meter final : public MetricOf<Meter, MeanMetric> {
    public:
        Meter() : MetricOf("mean") {}
        std::string_view class_name() const override { return "Mean"; }
        void check_shapes(const Shape&, const Shape&) const override {}

    protected:
        Figures figures(const Tensor& values, const Tensor&) override { return {host_array(values)}; }
    };
    Meter meter_;
};

class SumOfValues final : public MetricOf<SumOfValues, ValueMetric> {
public:
    explicit SumOfValues(const std::string& name = {}) : MetricOf(name_or(name, "sum")) {}
    std::string_view class_name() const override { return "Sum"; }
    void update(const Tensor& tensor, const Tensor&, const Tensor* sample_weight) override {
        HostArray values = host_array(tensor);
        if (sample_weight == nullptr) {
            sum_ += values.sum();
            return;
        }
        HostArray weights = host_array(*sample_weight);
        try {
            match_ranks(values, weights);
            const std::size_t all = values.size();
            values = mean_from(values, weights.rank());
            const double summed =
                values.size() == 0 ? 0 : static_cast<double>(all) / static_cast<double>(values.size());
            weights = broadcast_to(weights, values.shape);
            for (std::size_t i = 0; i < values.size(); ++i) sum_ += values.values[i] * summed * weights.values[i];
        } catch (const ShapeError&) {
            refuse_weights(sample_weight->shape(), tensor.shape());
        }
    }
    double result() const override { return sum_; }
    void reset() override { sum_ = 0; }
    std::vector<double> state() const override { return {sum_}; }
    void set_state(std::span<const double> numbers) override {
        if (numbers.size() != 1) refuse_state();
        sum_ = numbers[0];
    }

private:
    double sum_ = 0;
};

const RegisterMetric<MeanOfValues> registered_mean({"Mean"});
const RegisterMetric<SumOfValues> registered_sum({"Sum"});

}  // namespace

void Metric::update_values(const Tensor& values, const Tensor& sample_weight) {
    if (!base_ || !base_->takes_values()) {
        throw ValueError(name_ + ": values came; this metric compares targets with predictions, for update_state()");
    }
    base_->update(values, values, sample_weight.defined() ? &sample_weight : nullptr);
}

void Metric::update_values(double value) { update_values(Tensor::full(Shape(), static_cast<float>(value))); }

namespace metrics {

Metric Mean(const std::string& name) { return make_metric<MeanOfValues>(name); }
Metric Sum(const std::string& name) { return make_metric<SumOfValues>(name); }

}  // namespace metrics
}  // namespace markhor
