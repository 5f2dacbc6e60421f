// Metrics of right and wrong decisions at thresholds: counts, precision, recall, and the best of one under a bound on
// another.
#include <fmt/format.h>

#include <algorithm>
#include <markhor/error.hpp>

#include "layers/layer_base.hpp"
#include "training/confusion.hpp"
#include "training/confusion_metric.hpp"

namespace markhor {
namespace {

// The thresholds given, or 1/2 (and with top_k, whatever is among the largest).
std::vector<double> thresholds_or_half(const Numbers& thresholds, bool has_top_k) {
    if (thresholds.is_set()) return thresholds.values();
    return {has_top_k ? -1e10 : 0.5};
}

// The counts of one kind.
class Count final : public MetricOf<Count, ConfusionMetric> {
public:
    using Of = std::vector<double> ConfusionCounts::*;
    Count(std::string_view class_name, Of of, const metrics::CountOptions& options)
        : MetricOf(class_name, options.name), class_name_(class_name), of_(of), thresholds_(options.thresholds) {}
    std::string_view class_name() const override { return class_name_; }
    void check() const override { check_thresholds(name(), thresholds_); }
    std::vector<double> results() const override { return counts().*of_; }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("thresholds", thresholds_); }
    ConfusionOptions counting() const override { return {thresholds_or_half(thresholds_, false)}; }

private:
    std::string_view class_name_;
    Of of_;
    Numbers thresholds_;
};

// Positives that are true, as a part of all that were called so (precision) or are so (recall).
class PrecisionOrRecall final : public MetricOf<PrecisionOrRecall, ConfusionMetric> {
public:
    PrecisionOrRecall(bool precision, const metrics::PrecisionOptions& options)
        : MetricOf(precision ? "Precision" : "Recall", options.name), precision_(precision), options_(options) {}
    std::string_view class_name() const override { return precision_ ? "Precision" : "Recall"; }
    void check() const override {
        check_thresholds(name(), options_.thresholds);
        if (options_.top_k && *options_.top_k < 1) {
            throw ValueError(name() + ": top_k is " + std::to_string(*options_.top_k) + "; at least 1 is wanted");
        }
        check_class_id(name(), options_.class_id);
    }
    std::vector<double> results() const override {
        const ConfusionCounts& n = counts();
        return divide_no_nan(n.true_positives,
                             sum(n.true_positives, precision_ ? n.false_positives : n.false_negatives));
    }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("thresholds", options_.thresholds);
        visitor.field("top_k", options_.top_k);
        visitor.field("class_id", options_.class_id);
    }
    ConfusionOptions counting() const override {
        return {thresholds_or_half(options_.thresholds, options_.top_k.has_value()), options_.top_k, options_.class_id};
    }

private:
    bool precision_;
    metrics::PrecisionOptions options_;
};

// The largest of one figure where another is at least a bound.
struct BoundKind {
    using Figure = std::vector<double> (*)(const ConfusionCounts&);
    std::string_view class_name;
    const char* bound_key;
    Figure bounded;
    Figure largest;
};

std::vector<double> sensitivity(const ConfusionCounts& n) {
    return divide_no_nan(n.true_positives, sum(n.true_positives, n.false_negatives));
}
std::vector<double> specificity(const ConfusionCounts& n) {
    return divide_no_nan(n.true_negatives, sum(n.true_negatives, n.false_positives));
}
std::vector<double> precision(const ConfusionCounts& n) {
    return divide_no_nan(n.true_positives, sum(n.true_positives, n.false_positives));
}

class LargestUnderBound final : public MetricOf<LargestUnderBound, ConfusionMetric> {
public:
    LargestUnderBound(const BoundKind& kind, double bound, const metrics::BoundOptions& options)
        : MetricOf(kind.class_name, options.name), kind_(kind), bound_(bound), options_(options) {}
    std::string_view class_name() const override { return kind_.class_name; }
    void check() const override {
        if (!(bound_ >= 0 && bound_ <= 1)) {
            throw ValueError(name() + ": " + kind_.bound_key + " is " + fmt::format("{}", bound_) +
                             "; a number in [0, 1] is wanted");
        }
        check_count_of_thresholds(name(), options_.num_thresholds, 1);
        check_class_id(name(), options_.class_id);
    }
    std::vector<double> results() const override {
        const std::vector<double> bounded = kind_.bounded(counts());
        const std::vector<double> figures = kind_.largest(counts());
        double largest = 0;
        for (std::size_t i = 0; i < figures.size(); ++i) {
            if (static_cast<float>(bounded[i]) >= static_cast<float>(bound_)) largest = std::max(largest, figures[i]);
        }
        return {largest};
    }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("num_thresholds", options_.num_thresholds);
        visitor.field(kind_.bound_key, bound_);
        visitor.field("class_id", options_.class_id);
    }
    ConfusionOptions counting() const override {
        return {even_thresholds(options_.num_thresholds, 0), {}, options_.class_id};
    }

private:
    BoundKind kind_;
    double bound_;
    metrics::BoundOptions options_;
};

constexpr BoundKind sensitivity_at_specificity{"SensitivityAtSpecificity", "specificity", specificity, sensitivity};
constexpr BoundKind specificity_at_sensitivity{"SpecificityAtSensitivity", "sensitivity", sensitivity, specificity};
constexpr BoundKind precision_at_recall{"PrecisionAtRecall", "recall", sensitivity, precision};
constexpr BoundKind recall_at_precision{"RecallAtPrecision", "precision", precision, sensitivity};

Metric make(const BoundKind& kind, double bound, const metrics::BoundOptions& options) {
    return make_metric<LargestUnderBound>(kind, bound, options);
}

const struct RegisteredConfusion {
    RegisteredConfusion() {
        using namespace metrics;
        const auto add = [](std::string_view class_name, std::string_view name, auto make) {
            metric_registry().add({class_name, name}, [make] { return make().base(); });
        };
        add("TruePositives", "true_positives", [] { return TruePositives(); });
        add("FalsePositives", "false_positives", [] { return FalsePositives(); });
        add("TrueNegatives", "true_negatives", [] { return TrueNegatives(); });
        add("FalseNegatives", "false_negatives", [] { return FalseNegatives(); });
        add("Precision", "precision", [] { return Precision(); });
        add("Recall", "recall", [] { return Recall(); });
        // Keras has no default for the bound; a config brings it.
        add("SensitivityAtSpecificity", "sensitivity_at_specificity", [] { return SensitivityAtSpecificity(0.5); });
        add("SpecificityAtSensitivity", "specificity_at_sensitivity", [] { return SpecificityAtSensitivity(0.5); });
        add("PrecisionAtRecall", "precision_at_recall", [] { return PrecisionAtRecall(0.5); });
        add("RecallAtPrecision", "recall_at_precision", [] { return RecallAtPrecision(0.5); });
    }
} registered_confusion_metrics;

}  // namespace

namespace metrics {

Metric TruePositives(const CountOptions& options) {
    return make_metric<Count>("TruePositives", &ConfusionCounts::true_positives, options);
}
Metric FalsePositives(const CountOptions& options) {
    return make_metric<Count>("FalsePositives", &ConfusionCounts::false_positives, options);
}
Metric TrueNegatives(const CountOptions& options) {
    return make_metric<Count>("TrueNegatives", &ConfusionCounts::true_negatives, options);
}
Metric FalseNegatives(const CountOptions& options) {
    return make_metric<Count>("FalseNegatives", &ConfusionCounts::false_negatives, options);
}
Metric Precision(const PrecisionOptions& options) { return make_metric<PrecisionOrRecall>(true, options); }
Metric Recall(const PrecisionOptions& options) { return make_metric<PrecisionOrRecall>(false, options); }
Metric SensitivityAtSpecificity(double specificity, const BoundOptions& options) {
    return make(sensitivity_at_specificity, specificity, options);
}
Metric SpecificityAtSensitivity(double sensitivity, const BoundOptions& options) {
    return make(specificity_at_sensitivity, sensitivity, options);
}
Metric PrecisionAtRecall(double recall, const BoundOptions& options) {
    return make(precision_at_recall, recall, options);
}
Metric RecallAtPrecision(double precision, const BoundOptions& options) {
    return make(recall_at_precision, precision, options);
}

}  // namespace metrics
}  // namespace markhor
