// keras.metrics that are means of losses.
#include <markhor/error.hpp>

#include "training/loss_metric.hpp"

namespace markhor {
namespace {

// A metric that has its loss's formula and no options of its own.
class PlainLossMetric final : public MetricOf<PlainLossMetric, LossMetric> {
public:
    PlainLossMetric(std::string_view class_name, std::string_view loss, const std::string& name)
        : MetricOf(name), class_name_(class_name), loss_(loss) {}
    std::string_view class_name() const override { return class_name_; }

protected:
    std::shared_ptr<const LossBase> make_loss() const override { return loss_registry().make(loss_); }

private:
    std::string_view class_name_;
    std::string_view loss_;  // its class name
};

struct Plain {
    std::string_view class_name;
    std::string_view name;
    std::string_view loss = class_name;
    std::vector<std::string_view> short_names = {};
};

const Plain mean_squared_error_metric{"MeanSquaredError", "mean_squared_error", "MeanSquaredError", {"mse", "MSE"}};
const Plain mean_absolute_error_metric{"MeanAbsoluteError", "mean_absolute_error", "MeanAbsoluteError", {"mae", "MAE"}};
const Plain percentage_metric{
    "MeanAbsolutePercentageError", "mean_absolute_percentage_error", "MeanAbsolutePercentageError", {"mape", "MAPE"}};
const Plain logarithmic_metric{
    "MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", {"msle", "MSLE"}};
const Plain log_cosh_metric{"LogCoshError", "logcosh", "LogCosh", {"log_cosh_error"}};
const Plain poisson_metric{"Poisson", "poisson"};
const Plain kl_divergence_metric{"KLDivergence", "kl_divergence"};
const Plain hinge_metric{"Hinge", "hinge"};
const Plain squared_hinge_metric{"SquaredHinge", "squared_hinge"};
const Plain categorical_hinge_metric{"CategoricalHinge", "categorical_hinge"};

Metric make(const Plain& plain, const std::string& name) {
    return Metric(std::make_shared<PlainLossMetric>(plain.class_name, plain.loss, name_or(name, plain.name)));
}

class BinaryCrossentropyMetric final : public MetricOf<BinaryCrossentropyMetric, LossMetric> {
public:
    explicit BinaryCrossentropyMetric(const metrics::BinaryCrossentropyOptions& options = {})
        : MetricOf(name_or(options.name, "binary_crossentropy")), options_(options) {}
    std::string_view class_name() const override { return "BinaryCrossentropy"; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("from_logits", options_.from_logits);
        visitor.field("label_smoothing", options_.label_smoothing);
    }
    std::shared_ptr<const LossBase> make_loss() const override {
        return losses::BinaryCrossentropy(
                   {.from_logits = options_.from_logits, .label_smoothing = options_.label_smoothing})
            .base();
    }

private:
    metrics::BinaryCrossentropyOptions options_;
};

class CategoricalCrossentropyMetric final : public MetricOf<CategoricalCrossentropyMetric, LossMetric> {
public:
    explicit CategoricalCrossentropyMetric(const metrics::CategoricalCrossentropyOptions& options = {})
        : MetricOf(name_or(options.name, "categorical_crossentropy")), options_(options) {}
    std::string_view class_name() const override { return "CategoricalCrossentropy"; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("from_logits", options_.from_logits);
        visitor.field("label_smoothing", options_.label_smoothing);
        visitor.field("axis", options_.axis);
    }
    std::shared_ptr<const LossBase> make_loss() const override {
        return losses::CategoricalCrossentropy({.from_logits = options_.from_logits,
                                                .label_smoothing = options_.label_smoothing,
                                                .axis = options_.axis})
            .base();
    }

private:
    metrics::CategoricalCrossentropyOptions options_;
};

class SparseCategoricalCrossentropyMetric final : public MetricOf<SparseCategoricalCrossentropyMetric, LossMetric> {
public:
    explicit SparseCategoricalCrossentropyMetric(const metrics::SparseCategoricalCrossentropyOptions& options = {})
        : MetricOf(name_or(options.name, "sparse_categorical_crossentropy")), options_(options) {}
    std::string_view class_name() const override { return "SparseCategoricalCrossentropy"; }
    void check() const override {
        if (axis_ != -1) throw ValueError(name() + ": axis is " + std::to_string(axis_) + "; -1 is wanted");
    }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("from_logits", options_.from_logits);
        visitor.field("ignore_class", options_.ignore_class);
        visitor.field("axis", axis_);
    }
    std::shared_ptr<const LossBase> make_loss() const override {
        return losses::SparseCategoricalCrossentropy(
                   {.from_logits = options_.from_logits, .ignore_class = options_.ignore_class})
            .base();
    }

private:
    metrics::SparseCategoricalCrossentropyOptions options_;
    std::int64_t axis_ = -1;  // there is no other, as with TensorFlow
};

// The loss is minus the cosine.
class CosineMetric final : public MetricOf<CosineMetric, LossMetric> {
public:
    explicit CosineMetric(const metrics::AxisOptions& options = {})
        : MetricOf(name_or(options.name, "cosine_similarity")), axis_(options.axis) {}
    std::string_view class_name() const override { return "CosineSimilarity"; }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("axis", axis_); }
    std::shared_ptr<const LossBase> make_loss() const override {
        return losses::CosineSimilarity({.axis = axis_}).base();
    }
    double sign() const override { return -1; }

private:
    std::int64_t axis_;
};

const struct RegisteredLossMetrics {
    RegisteredLossMetrics() {
        for (const Plain& plain : {mean_squared_error_metric, mean_absolute_error_metric, percentage_metric,
                                   logarithmic_metric, log_cosh_metric, poisson_metric, kl_divergence_metric,
                                   hinge_metric, squared_hinge_metric, categorical_hinge_metric}) {
            std::vector<std::string_view> names = {plain.class_name, plain.name};
            names.insert(names.end(), plain.short_names.begin(), plain.short_names.end());
            metric_registry().add(names, [plain] { return make(plain, {}).base(); });
        }
    }
} registered_loss_metrics;
const RegisterMetric<BinaryCrossentropyMetric> registered_binary_metric({"BinaryCrossentropy", "binary_crossentropy",
                                                                         "bce", "BCE"});
const RegisterMetric<CategoricalCrossentropyMetric> registered_categorical_metric({"CategoricalCrossentropy",
                                                                                   "categorical_crossentropy"});
const RegisterMetric<SparseCategoricalCrossentropyMetric> registered_sparse_metric({"SparseCategoricalCrossentropy",
                                                                                    "sparse_categorical_crossentropy"});
const RegisterMetric<CosineMetric> registered_cosine_metric({"CosineSimilarity", "cosine_similarity"});

}  // namespace

namespace metrics {

Metric MeanSquaredError(const std::string& name) { return make(mean_squared_error_metric, name); }
Metric MeanAbsoluteError(const std::string& name) { return make(mean_absolute_error_metric, name); }
Metric MeanAbsolutePercentageError(const std::string& name) { return make(percentage_metric, name); }
Metric MeanSquaredLogarithmicError(const std::string& name) { return make(logarithmic_metric, name); }
Metric LogCoshError(const std::string& name) { return make(log_cosh_metric, name); }
Metric Poisson(const std::string& name) { return make(poisson_metric, name); }
Metric KLDivergence(const std::string& name) { return make(kl_divergence_metric, name); }
Metric Hinge(const std::string& name) { return make(hinge_metric, name); }
Metric SquaredHinge(const std::string& name) { return make(squared_hinge_metric, name); }
Metric CategoricalHinge(const std::string& name) { return make(categorical_hinge_metric, name); }
Metric BinaryCrossentropy(const BinaryCrossentropyOptions& options) {
    return make_metric<BinaryCrossentropyMetric>(options);
}
Metric CategoricalCrossentropy(const CategoricalCrossentropyOptions& options) {
    return make_metric<CategoricalCrossentropyMetric>(options);
}
Metric SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options) {
    return make_metric<SparseCategoricalCrossentropyMetric>(options);
}
Metric CosineSimilarity(const AxisOptions& options) { return make_metric<CosineMetric>(options); }

}  // namespace metrics
}  // namespace markhor
