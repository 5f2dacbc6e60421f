// F scores: precision and recall in one figure, for each class or averaged.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <numeric>

#include "training/loss_ops.hpp"
#include "training/metric.hpp"

namespace markhor {
namespace {

class FScore final : public MetricOf<FScore> {
public:
    // An F1Score is one whose beta is 1 and is not told.
    FScore(bool is_f1, const metrics::FBetaOptions& options)
        : MetricOf(name_or(options.name, is_f1 ? "f1_score" : "fbeta_score")), is_f1_(is_f1), options_(options) {}
    std::string_view class_name() const override { return is_f1_ ? "F1Score" : "FBetaScore"; }

    void check() const override {
        const std::string average = options_.average.value_or("");
        if (options_.average && average != "micro" && average != "macro" && average != "weighted") {
            throw ValueError(name() + ": average is \"" + average + "\"; None, micro, macro or weighted is wanted");
        }
        if (!(options_.beta > 0)) {
            throw ValueError(name() + ": beta is " + fmt::format("{}", options_.beta) + "; more than 0 is wanted");
        }
        if (options_.threshold && !(*options_.threshold > 0 && *options_.threshold <= 1)) {
            throw ValueError(name() + ": threshold is " + fmt::format("{}", *options_.threshold) +
                             "; more than 0 and at most 1 is wanted");
        }
    }

    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        if (targets.rank() != 2 || targets != predictions)
            refuse(targets, predictions, "both (batch, classes) are wanted");
    }

    void update(const Tensor& targets, const Tensor& predictions, const Tensor* sample_weight = nullptr) override {
        const HostArray target = host_array(targets);
        const HostArray prediction = host_array(predictions);
        const auto classes = static_cast<std::size_t>(target.shape[1]);
        const auto rows = static_cast<std::size_t>(target.shape[0]);
        if (sample_weight != nullptr && sample_weight->shape() != Shape{target.shape[0]}) {
            refuse_weights(sample_weight->shape(), predictions.shape());
        }
        const HostArray weights = sample_weight != nullptr ? host_array(*sample_weight) : HostArray{};
        for (std::vector<double>* counts : {&true_positives_, &false_positives_, &false_negatives_}) {
            counts->resize(options_.average == "micro" ? 1 : classes, 0);
        }
        for (std::size_t row = 0; row < rows; ++row) {
            const double weight = sample_weight != nullptr ? weights.values[row] : 1;
            const double largest = prediction.values[row * classes + argmax(prediction, row * classes, classes)];
            for (std::size_t i = 0; i < classes; ++i) {
                const double p = prediction.values[row * classes + i];
                // Keras compares in float32.
                const bool positive = options_.threshold
                                          ? static_cast<float>(p) > static_cast<float>(*options_.threshold)
                                          : p >= largest && std::abs(p) > 1e-9;
                const double t = target.values[row * classes + i];
                const std::size_t place = options_.average == "micro" ? 0 : i;
                (positive ? true_positives_ : false_negatives_)[place] += weight * t;
                if (positive) false_positives_[place] += weight * (1 - t);
            }
        }
    }

    double result() const override { return results().front(); }

    std::vector<double> results() const override {
        if (true_positives_.empty()) return {0};
        const double beta = options_.beta * options_.beta;
        std::vector<double> scores;
        std::vector<double> actual;  // positives there are
        for (std::size_t i = 0; i < true_positives_.size(); ++i) {
            actual.push_back(true_positives_[i] + false_negatives_[i]);
            const double precision = true_positives_[i] / (true_positives_[i] + false_positives_[i] + fuzz);
            const double recall = true_positives_[i] / (actual[i] + fuzz);
            scores.push_back((1 + beta) * precision * recall / (beta * precision + recall + fuzz));
        }
        if (!options_.average) return scores;
        if (options_.average == "weighted") {
            const double all = std::accumulate(actual.begin(), actual.end(), 0.0) + fuzz;
            return {std::inner_product(scores.begin(), scores.end(), actual.begin(), 0.0) / all};
        }
        return {std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size())};
    }

    void reset() override {
        for (std::vector<double>* counts : {&true_positives_, &false_positives_, &false_negatives_}) counts->clear();
    }
    std::vector<double> state() const override {
        std::vector<double> all;
        for (const auto* counts : {&true_positives_, &false_positives_, &false_negatives_})
            all.insert(all.end(), counts->begin(), counts->end());
        return all;
    }
    void set_state(std::span<const double> numbers) override {
        if (numbers.size() % 3 != 0) refuse_state();
        const std::size_t each = numbers.size() / 3;
        for (std::vector<double>* counts : {&true_positives_, &false_positives_, &false_negatives_}) {
            counts->assign(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(each));
            numbers = numbers.subspan(each);
        }
    }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("average", options_.average);
        if (!is_f1_) visitor.field("beta", options_.beta);
        visitor.field("threshold", options_.threshold);
    }

private:
    bool is_f1_;
    metrics::FBetaOptions options_;
    std::vector<double> true_positives_, false_positives_, false_negatives_;  // one a class, or one for all
};

const struct RegisteredFScore {
    RegisteredFScore() {
        metric_registry().add({"F1Score", "f1_score"}, [] { return metrics::F1Score().base(); });
        metric_registry().add({"FBetaScore", "f_beta_score"}, [] { return metrics::FBetaScore().base(); });
    }
} registered_f_score;

}  // namespace

namespace metrics {

Metric F1Score(const F1Options& options) {
    return make_metric<FScore>(
        true, FBetaOptions{.average = options.average, .threshold = options.threshold, .name = options.name});
}
Metric FBetaScore(const FBetaOptions& options) { return make_metric<FScore>(false, options); }

}  // namespace metrics
}  // namespace markhor
