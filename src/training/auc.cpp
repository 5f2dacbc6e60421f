// The area under the curve that a threshold draws: receiver operating characteristic, precision over recall, or
// precision gain over recall gain.
#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <numeric>

#include "training/confusion_metric.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

// One label's counts at all thresholds.
struct Curve {
    std::vector<double> tp, fp, tn, fn;
};

Curve curve_of(const ConfusionCounts& counts, std::size_t label) {
    Curve curve;
    for (std::size_t t = 0; t < counts.thresholds(); ++t) {
        const std::size_t i = t * counts.labels() + label;
        curve.tp.push_back(counts.true_positives[i]);
        curve.fp.push_back(counts.false_positives[i]);
        curve.tn.push_back(counts.true_negatives[i]);
        curve.fn.push_back(counts.false_negatives[i]);
    }
    return curve;
}

double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

// Davis & Goadrich, "The relationship between precision-recall and ROC curves", 2006: precision is not straight between
// two thresholds, true positives are.
double interpolated_pr(const Curve& c) {
    double area = 0;
    for (std::size_t i = 0; i + 1 < c.tp.size(); ++i) {
        const double positives = c.tp[i] + c.fp[i];
        const double next = c.tp[i + 1] + c.fp[i + 1];
        const double d_tp = c.tp[i] - c.tp[i + 1];
        const double slope = quotient(d_tp, std::max(positives - next, 0.0));
        const double intercept = c.tp[i + 1] - slope * next;
        const double ratio = positives > 0 && next > 0 ? positives / next : 1;
        area += quotient(slope * (d_tp + intercept * std::log(ratio)), std::max(c.tp[i + 1] + c.fn[i + 1], 0.0));
    }
    return area;
}

struct Points {
    std::vector<double> x, y;
};

Points roc(const Curve& c) { return {divide_no_nan(c.fp, sum(c.fp, c.tn)), divide_no_nan(c.tp, sum(c.tp, c.fn))}; }

Points pr(const Curve& c) { return {divide_no_nan(c.tp, sum(c.tp, c.fn)), divide_no_nan(c.tp, sum(c.tp, c.fp))}; }

// Flach & Kull, "Precision-recall-gain curves", 2015.
Points pr_gain(const Curve& c) {
    Points points;
    for (std::size_t i = 0; i < c.tp.size(); ++i) {
        const double scale = quotient(c.tp[i] + c.fn[i], c.tn[i] + c.fp[i]);
        const bool none = c.tp[i] == 0;
        points.x.push_back(none ? 0 : std::max(1 - scale * c.fn[i] / c.tp[i], 0.0));
        points.y.push_back(none ? 1 : 1 - scale * c.fp[i] / c.tp[i]);
    }
    return points;
}

bool is_one_of(const std::string& value, std::initializer_list<const char*> known) {
    return std::ranges::find(known, value) != known.end();
}

class AucMetric final : public MetricOf<AucMetric, ConfusionMetric> {
public:
    explicit AucMetric(const metrics::AUCOptions& options = {}) : MetricOf("AUC", options.name), options_(options) {}
    std::string_view class_name() const override { return "AUC"; }

    void check() const override {
        check_count_of_thresholds(name(), options_.num_thresholds, 2);
        check_thresholds(name(), options_.thresholds);
        if (!is_one_of(options_.curve, {"ROC", "roc", "PR", "pr", "PRGAIN", "prgain"})) {
            throw ValueError(name() + ": curve is \"" + options_.curve + "\"; ROC, PR or PRGAIN is wanted");
        }
        if (!is_one_of(options_.summation_method,
                       {"interpolation", "Interpolation", "majoring", "Majoring", "minoring", "Minoring"})) {
            throw ValueError(name() + ": summation_method is \"" + options_.summation_method +
                             "\"; interpolation, majoring or minoring is wanted");
        }
        if (options_.num_labels && !options_.multi_label) {
            throw ValueError(name() + ": num_labels is given; it is wanted with multi_label alone");
        }
    }

    void check_shapes(const Shape& targets, const Shape& predictions) const override {
        ConfusionMetric::check_shapes(targets, predictions);
        if (options_.num_labels && predictions.back() != *options_.num_labels) {
            refuse(targets, predictions, "num_labels is " + std::to_string(*options_.num_labels));
        }
    }

    std::vector<double> results() const override {
        const ConfusionCounts counted = counts();
        const std::vector<double>& weights = options_.label_weights.values();
        double sum = 0;
        double sum_of_weights = 0;
        for (std::size_t label = 0; label < counted.labels(); ++label) {
            const double weight = options_.multi_label && label < weights.size() ? weights[label] : 1;
            sum += weight * area(curve_of(counted, label));
            sum_of_weights += weight;
        }
        return {quotient(sum, sum_of_weights)};
    }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("num_thresholds", options_.num_thresholds);
        visitor.field("curve", options_.curve);
        visitor.field("summation_method", options_.summation_method);
        visitor.field("multi_label", options_.multi_label);
        visitor.field("num_labels", options_.num_labels);
        visitor.field("label_weights", options_.label_weights);
        visitor.field("from_logits", options_.from_logits);
        visitor.field("thresholds", options_.thresholds);
    }

    ConfusionOptions counting() const override {
        ConfusionOptions counting{even_thresholds(options_.num_thresholds, fuzz)};
        if (options_.thresholds.is_set()) {
            counting.thresholds = options_.thresholds.values();
            std::ranges::sort(counting.thresholds);
            counting.thresholds.insert(counting.thresholds.begin(), -fuzz);
            counting.thresholds.push_back(1 + fuzz);
        }
        counting.by_label = options_.multi_label;
        counting.label_weights = options_.label_weights.values();
        return counting;
    }

    HostArray readied(HostArray predictions) const override {
        if (options_.from_logits) {
            for (double& value : predictions.values) value = 1 / (1 + std::exp(-value));
        }
        return predictions;
    }

private:
    double area(const Curve& curve) const {
        const bool interpolates = is_one_of(options_.summation_method, {"interpolation", "Interpolation"});
        const bool is_pr = is_one_of(options_.curve, {"PR", "pr"});
        if (is_pr && interpolates) return interpolated_pr(curve);
        const bool is_roc = is_one_of(options_.curve, {"ROC", "roc"});
        const auto [x, y] = is_roc ? roc(curve) : is_pr ? pr(curve) : pr_gain(curve);
        const bool below = is_one_of(options_.summation_method, {"minoring", "Minoring"});
        double area = 0;
        for (std::size_t i = 0; i + 1 < x.size(); ++i) {
            const double height = interpolates ? (y[i] + y[i + 1]) / 2
                                  : below      ? std::min(y[i], y[i + 1])
                                               : std::max(y[i], y[i + 1]);
            area += (x[i] - x[i + 1]) * height;
        }
        return area;
    }

    metrics::AUCOptions options_;
};

const RegisterMetric<AucMetric> registered_auc({"AUC", "auc"});

}  // namespace

namespace metrics {
Metric AUC(const AUCOptions& options) { return make_metric<AucMetric>(options); }
}  // namespace metrics

}  // namespace markhor
