// Metrics of numbers that are more than the mean of a loss: root mean squared error, R², correlations.
#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <numeric>

#include "training/loss_ops.hpp"
#include "training/metric.hpp"

namespace markhor {
namespace {

struct Pair {
    HostArray target, prediction;  // of one shape
};

Pair paired(const Tensor& targets, const Tensor& predictions) {
    Pair pair{host_array(targets), host_array(predictions)};
    match_ranks(pair.target, pair.prediction);
    pair.target = broadcast_to(pair.target, pair.prediction.shape);
    return pair;
}

// Metrics whose targets have the predictions' shape.
class PairedMean : public MeanMetric {
public:
    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        Shape target = targets;
        Shape prediction = predictions;
        match_ranks(target, prediction);
        if (target != prediction || target.rank() == 0)
            refuse(targets, predictions, "one target a prediction is wanted");
    }

protected:
    using MeanMetric::MeanMetric;
};

class RootMeanSquaredErrorMetric final : public MetricOf<RootMeanSquaredErrorMetric, PairedMean> {
public:
    explicit RootMeanSquaredErrorMetric(const std::string& name = {})
        : MetricOf(name_or(name, "root_mean_squared_error")) {}
    std::string_view class_name() const override { return "RootMeanSquaredError"; }
    double result() const override { return std::sqrt(MeanMetric::result()); }

protected:
    Figures figures(const Tensor& targets, const Tensor& predictions) override {
        auto [target, prediction] = paired(targets, predictions);
        for (std::size_t i = 0; i < target.size(); ++i) {
            const double error = prediction.values[i] - target.values[i];
            target.values[i] = error * error;
        }
        return {std::move(target)};
    }
};

// What correlations are made of, for the numbers along an axis.
struct Moments {
    double target_mean = 0, prediction_mean = 0, target_variance = 0, prediction_variance = 0, covariance = 0;
};

double pearson(const Moments& m) { return m.covariance / std::sqrt(m.target_variance * m.prediction_variance); }

// As Keras has it: its covariance takes the predictions' mean from both, and comes to the same.
double concordance(const Moments& m) {
    const double shift = m.target_mean - m.prediction_mean;
    return 2 * m.covariance / (m.target_variance + m.prediction_variance + shift * shift + fuzz);
}

class CorrelationMetric final : public MetricOf<CorrelationMetric, PairedMean> {
public:
    struct Kind {
        std::string_view class_name;
        std::string_view name;
        double (*figure)(const Moments&);
    };
    CorrelationMetric(const Kind& kind, const metrics::AxisOptions& options)
        : MetricOf(name_or(options.name, kind.name)), kind_(kind), axis_(options.axis) {}
    std::string_view class_name() const override { return kind_.class_name; }

    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        PairedMean::check_shapes(targets, predictions);
        predictions.dim(axis_);  // throws where there is none
    }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("axis", axis_); }

    Figures figures(const Tensor& targets, const Tensor& predictions) override {
        const auto [target, prediction] = paired(targets, predictions);
        const Shape& shape = target.shape;
        const auto at = static_cast<std::size_t>(axis_ < 0 ? axis_ + static_cast<std::int64_t>(shape.rank()) : axis_);
        const auto count = static_cast<std::size_t>(shape[at]);
        HostArray figures;
        std::size_t inner = 1;
        for (std::size_t i = 0; i < shape.rank(); ++i) {
            if (i != at) figures.shape.push_back(shape[i]);
            if (i > at) inner *= static_cast<std::size_t>(shape[i]);
        }
        for (std::size_t outer = 0; outer < target.size(); outer += count * inner) {
            for (std::size_t i = 0; i < inner; ++i) {
                figures.values.push_back(kind_.figure(moments(target, prediction, outer + i, count, inner)));
            }
        }
        return {std::move(figures)};
    }

private:
    static Moments moments(const HostArray& target, const HostArray& prediction, std::size_t first, std::size_t count,
                           std::size_t step) {
        Moments m;
        const auto n = static_cast<double>(count);
        for (std::size_t i = 0; i < count; ++i) {
            m.target_mean += target.values[first + i * step] / n;
            m.prediction_mean += prediction.values[first + i * step] / n;
        }
        for (std::size_t i = 0; i < count; ++i) {
            const double t = target.values[first + i * step] - m.target_mean;
            const double p = prediction.values[first + i * step] - m.prediction_mean;
            m.target_variance += t * t / n;
            m.prediction_variance += p * p / n;
            m.covariance += t * p / n;
        }
        return m;
    }

    Kind kind_;
    std::int64_t axis_;
};

class R2ScoreMetric final : public MetricOf<R2ScoreMetric> {
public:
    explicit R2ScoreMetric(const metrics::R2Options& options = {})
        : MetricOf(name_or(options.name, "r2_score")), options_(options) {}
    std::string_view class_name() const override { return "R2Score"; }

    void check() const override {
        const std::string kind = options_.class_aggregation.value_or("uniform_average");
        if (kind != "uniform_average" && kind != "variance_weighted_average") {
            throw ValueError(name() + ": class_aggregation is \"" + kind +
                             "\"; None, uniform_average or variance_weighted_average is wanted");
        }
        if (options_.num_regressors < 0) {
            throw ValueError(name() + ": num_regressors is " + std::to_string(options_.num_regressors) +
                             "; at least 0 is wanted");
        }
    }

    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        Shape target = targets;
        Shape prediction = predictions;
        match_ranks(target, prediction);
        if (target.rank() != 2 || target != prediction)
            refuse(targets, predictions, "both (batch, outputs) are wanted");
    }

    void update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight = nullptr) override {
        const auto [target, prediction] = paired(targets, predictions);
        HostArray weights{{1, 1}, {1}};
        if (sample_weight != nullptr) {
            weights = host_array(*sample_weight);
            if (weights.rank() == 1) weights.shape.push_back(1);
        }
        try {
            weights = broadcast_to(weights, target.shape);
        } catch (const ShapeError&) {
            refuse_weights(sample_weight->shape(), predictions.shape());
        }
        const auto outputs = static_cast<std::size_t>(target.shape[1]);
        outputs_.resize(outputs);
        for (std::size_t i = 0; i < target.size(); ++i) {
            Output& output = outputs_[i % outputs];
            const double t = target.values[i];
            const double error = t - prediction.values[i];
            output.sum += weights.values[i] * t;
            output.squares += weights.values[i] * t * t;
            output.errors += weights.values[i] * error * error;
            output.count += weights.values[i];
        }
        samples_ += static_cast<double>(target.size());  // as Keras counts them: all numbers
    }

    double result() const override { return results().front(); }

    std::vector<double> results() const override {
        if (outputs_.empty()) return {0};
        std::vector<double> scores;
        std::vector<double> totals;
        for (const Output& output : outputs_) {
            totals.push_back(output.squares - output.sum * output.sum / output.count);
            const double score = 1 - output.errors / totals.back();
            scores.push_back(std::isinf(score) ? 0 : score);
        }
        const double total = std::accumulate(totals.begin(), totals.end(), 0.0);
        if (options_.class_aggregation == "uniform_average") {
            scores = {std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size())};
        } else if (options_.class_aggregation == "variance_weighted_average") {
            scores = {std::inner_product(scores.begin(), scores.end(), totals.begin(), 0.0) / total};
        }
        const auto regressors = static_cast<double>(options_.num_regressors);
        // With too few samples for the adjusted score, Keras gives the plain one.
        if (regressors != 0 && regressors < samples_ - 1) {
            for (double& score : scores) score = 1 - (1 - score) * (samples_ - 1) / (samples_ - regressors - 1);
        }
        return scores;
    }

    void reset() override {
        outputs_.clear();
        samples_ = 0;
    }
    std::vector<double> state() const override {
        std::vector<double> all = {samples_};
        for (const Output& o : outputs_) all.insert(all.end(), {o.sum, o.squares, o.errors, o.count});
        return all;
    }
    void set_state(std::span<const double> numbers) override {
        if (numbers.size() % 4 != 1) refuse_state();
        reset();
        samples_ = numbers[0];
        for (std::size_t i = 1; i < numbers.size(); i += 4)
            outputs_.push_back({numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]});
    }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("class_aggregation", options_.class_aggregation);
        visitor.field("num_regressors", options_.num_regressors);
    }

private:
    struct Output {
        double sum = 0, squares = 0, errors = 0, count = 0;
    };
    metrics::R2Options options_;
    std::vector<Output> outputs_;
    double samples_ = 0;
};

constexpr CorrelationMetric::Kind pearson_kind{"PearsonCorrelation", "pearson_correlation", pearson};
constexpr CorrelationMetric::Kind concordance_kind{"ConcordanceCorrelation", "concordance_correlation", concordance};

const RegisterMetric<RootMeanSquaredErrorMetric> registered_rmse({"RootMeanSquaredError", "root_mean_squared_error"});
const RegisterMetric<R2ScoreMetric> registered_r2({"R2Score", "r2_score"});
const struct RegisteredRegressionMetrics {
    RegisteredRegressionMetrics() {
        for (const CorrelationMetric::Kind& kind : {pearson_kind, concordance_kind}) {
            metric_registry().add({kind.class_name, kind.name}, [kind] {
                return make_metric<CorrelationMetric>(kind, metrics::AxisOptions{}).base();
            });
        }
    }
} registered_regression_metrics;

}  // namespace

namespace metrics {

Metric RootMeanSquaredError(const std::string& name) { return make_metric<RootMeanSquaredErrorMetric>(name); }
Metric R2Score(const R2Options& options) { return make_metric<R2ScoreMetric>(options); }
Metric PearsonCorrelation(const AxisOptions& options) { return make_metric<CorrelationMetric>(pearson_kind, options); }
Metric ConcordanceCorrelation(const AxisOptions& options) {
    return make_metric<CorrelationMetric>(concordance_kind, options);
}

}  // namespace metrics
}  // namespace markhor
