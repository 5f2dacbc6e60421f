// keras.metrics: what training and evaluation report. Each is a class with Keras's arguments and defaults;
// https://keras.io/api/metrics has the formulas.
#pragma once

#include <cstdint>
#include <markhor/by_position.hpp>
#include <markhor/options.hpp>
#include <markhor/tensor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace markhor {

class MetricBase;  // src/training/metric.hpp

/// A metric and what it has seen. Made from Keras's string ("accuracy", "mse", "AUC"; "accuracy" becomes the kind that
/// fits targets and outputs) or as below. Copies are the same metric. compile() takes its kind and options: each run
/// counts by itself.
class Metric {
public:
    Metric(const char* name);         // NOLINT(google-explicit-constructor)
    Metric(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Metric(std::shared_ptr<MetricBase> base);

    /// The key in History: the string that it was made from, or the object's name.
    const std::string& name() const noexcept { return name_; }
    /// The string that it was made from; empty where it was made as an object.
    const std::string& identifier() const noexcept { return identifier_; }
    /// Null for "accuracy" until the shapes are known.
    const std::shared_ptr<MetricBase>& base() const noexcept { return base_; }

    /// Adds a batch. Throws ShapeError where these do not fit each other.
    void update_state(const Tensor& targets, const Tensor& predictions, const Tensor& sample_weight = {});
    /// Adds values to a metric that is of values: Mean, Sum. Throws ValueError for another.
    void update_values(const Tensor& values, const Tensor& sample_weight = {});
    void update_values(double value);
    /// Of all since the last reset_state(); 0 where that is nothing. The first of results().
    double result() const;
    /// All of a metric that has several figures (one a threshold, one a class).
    std::vector<double> results() const;
    void reset_state();

private:
    std::string name_;
    std::string identifier_;
    std::shared_ptr<MetricBase> base_;
};

namespace metrics {

// Options by name or by position, in Keras's order without its dtype: TopKCategoricalAccuracy({.k = 3}) or
// TopKCategoricalAccuracy(3).

// Of values, not of targets and predictions: for training loops, by update_values().
/// The mean of the values (of more axes: of each sample's mean), weighted where there are weights.
Metric Mean(const std::string& name = "mean");
/// Their sum.
Metric Sum(const std::string& name = "sum");

/// How often target and prediction are equal.
Metric Accuracy(const std::string& name = {});
struct BinaryAccuracyOptions {
    std::string name = {};
    double threshold = 0.5;
};
/// How often a prediction is beyond the threshold just where the target is 1.
Metric BinaryAccuracy(const BinaryAccuracyOptions& options = {});
MARKHOR_BY_POSITION(Metric, BinaryAccuracy, BinaryAccuracyOptions)
/// How often the largest prediction is the largest target's; of equals the first counts.
Metric CategoricalAccuracy(const std::string& name = {});
/// How often the largest prediction is the target's class number.
Metric SparseCategoricalAccuracy(const std::string& name = {});
struct TopKOptions {
    std::int64_t k = 5;
    std::string name = {};
};
/// How often the largest target's class is among the k largest predictions; equals of the k-th count.
Metric TopKCategoricalAccuracy(const TopKOptions& options = {});
MARKHOR_BY_POSITION(Metric, TopKCategoricalAccuracy, TopKOptions)
struct SparseTopKOptions {
    std::int64_t k = 5;
    std::string name = {};
    bool from_sorted_ids = false;  ///< predictions are class numbers, best first, not scores
};
/// The same for targets that are class numbers.
Metric SparseTopKCategoricalAccuracy(const SparseTopKOptions& options = {});
MARKHOR_BY_POSITION(Metric, SparseTopKCategoricalAccuracy, SparseTopKOptions)

// Means of a loss over the samples.
Metric MeanSquaredError(const std::string& name = {});
Metric MeanAbsoluteError(const std::string& name = {});
Metric MeanAbsolutePercentageError(const std::string& name = {});
Metric MeanSquaredLogarithmicError(const std::string& name = {});
Metric LogCoshError(const std::string& name = {});
Metric Poisson(const std::string& name = {});
Metric KLDivergence(const std::string& name = {});
Metric Hinge(const std::string& name = {});
Metric SquaredHinge(const std::string& name = {});
Metric CategoricalHinge(const std::string& name = {});
struct BinaryCrossentropyOptions {
    std::string name = {};
    bool from_logits = false;
    double label_smoothing = 0;
};
Metric BinaryCrossentropy(const BinaryCrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Metric, BinaryCrossentropy, BinaryCrossentropyOptions)
struct CategoricalCrossentropyOptions {
    std::string name = {};
    bool from_logits = false;
    double label_smoothing = 0;
    std::int64_t axis = -1;
};
Metric CategoricalCrossentropy(const CategoricalCrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Metric, CategoricalCrossentropy, CategoricalCrossentropyOptions)
struct SparseCategoricalCrossentropyOptions {
    std::string name = {};
    bool from_logits = false;
    std::optional<std::int64_t> ignore_class = std::nullopt;
};
Metric SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Metric, SparseCategoricalCrossentropy, SparseCategoricalCrossentropyOptions)
struct AxisOptions {
    std::string name = {};
    std::int64_t axis = -1;
};
/// The cosine of the angle between target and prediction: 1 where they point the same way.
Metric CosineSimilarity(const AxisOptions& options = {});
MARKHOR_BY_POSITION(Metric, CosineSimilarity, AxisOptions)

// Of numbers.
Metric RootMeanSquaredError(const std::string& name = {});
struct R2Options {
    /// "uniform_average", "variance_weighted_average", or None for one score an output.
    std::optional<std::string> class_aggregation = "uniform_average";
    std::int64_t num_regressors = 0;  ///< for the adjusted score
    std::string name = {};
};
/// 1 - the squared errors over the targets' variance. Takes (batch, outputs).
Metric R2Score(const R2Options& options = {});
MARKHOR_BY_POSITION(Metric, R2Score, R2Options)
Metric PearsonCorrelation(const AxisOptions& options = {});
MARKHOR_BY_POSITION(Metric, PearsonCorrelation, AxisOptions)
Metric ConcordanceCorrelation(const AxisOptions& options = {});
MARKHOR_BY_POSITION(Metric, ConcordanceCorrelation, AxisOptions)

// Of decisions at thresholds in [0, 1]; Keras's default is 1/2. With several thresholds results() has one figure each.
struct CountOptions {
    Numbers thresholds = {};
    std::string name = {};
};
Metric TruePositives(const CountOptions& options = {});
MARKHOR_BY_POSITION(Metric, TruePositives, CountOptions)
Metric FalsePositives(const CountOptions& options = {});
MARKHOR_BY_POSITION(Metric, FalsePositives, CountOptions)
Metric TrueNegatives(const CountOptions& options = {});
MARKHOR_BY_POSITION(Metric, TrueNegatives, CountOptions)
Metric FalseNegatives(const CountOptions& options = {});
MARKHOR_BY_POSITION(Metric, FalseNegatives, CountOptions)
struct PrecisionOptions {
    Numbers thresholds = {};
    std::optional<std::int64_t> top_k = std::nullopt;     ///< only the k largest of a row can be positive
    std::optional<std::int64_t> class_id = std::nullopt;  ///< only this class counts
    std::string name = {};
};
/// The part of what was called positive that is.
Metric Precision(const PrecisionOptions& options = {});
MARKHOR_BY_POSITION(Metric, Precision, PrecisionOptions)
/// The part of what is positive that was called so.
Metric Recall(const PrecisionOptions& options = {});
MARKHOR_BY_POSITION(Metric, Recall, PrecisionOptions)
struct BoundOptions {
    std::int64_t num_thresholds = 200;
    std::optional<std::int64_t> class_id = std::nullopt;
    std::string name = {};
};
// The largest of the one figure at thresholds where the other is at least so much.
Metric SensitivityAtSpecificity(double specificity, const BoundOptions& options = {});
Metric SpecificityAtSensitivity(double sensitivity, const BoundOptions& options = {});
Metric PrecisionAtRecall(double recall, const BoundOptions& options = {});
Metric RecallAtPrecision(double precision, const BoundOptions& options = {});
struct AUCOptions {
    std::int64_t num_thresholds = 200;
    std::string curve = "ROC";                       ///< or "PR", "PRGAIN"
    std::string summation_method = "interpolation";  ///< or "minoring", "majoring"
    std::string name = {};
    Numbers thresholds = {};   ///< instead of num_thresholds even ones
    bool multi_label = false;  ///< a curve for each label, and the mean of their areas
    std::optional<std::int64_t> num_labels = std::nullopt;
    Numbers label_weights = {};
    bool from_logits = false;
};
/// The area under a curve, by its points at the thresholds.
Metric AUC(const AUCOptions& options = {});
MARKHOR_BY_POSITION(Metric, AUC, AUCOptions)
struct F1Options {
    std::optional<std::string> average = std::nullopt;  ///< None: one score a class; "micro", "macro", "weighted"
    std::optional<double> threshold = std::nullopt;     ///< None: a row's largest is positive
    std::string name = {};
};
/// The harmonic mean of precision and recall. Takes (batch, classes).
Metric F1Score(const F1Options& options = {});
MARKHOR_BY_POSITION(Metric, F1Score, F1Options)
struct FBetaOptions {
    std::optional<std::string> average = std::nullopt;
    double beta = 1.0;  ///< how much more recall counts
    std::optional<double> threshold = std::nullopt;
    std::string name = {};
};
Metric FBetaScore(const FBetaOptions& options = {});
MARKHOR_BY_POSITION(Metric, FBetaScore, FBetaOptions)

// Of class numbers, for segmentation: what target and prediction have in common, as a part of what either has, a mean
// over classes.
struct BinaryIoUOptions {
    Ints target_class_ids = {0, 1};
    double threshold = 0.5;
    std::string name = {};
};
Metric BinaryIoU(const BinaryIoUOptions& options = {});
MARKHOR_BY_POSITION(Metric, BinaryIoU, BinaryIoUOptions)
struct IoUOptions {
    std::string name = {};
    std::optional<std::int64_t> ignore_class = std::nullopt;
    bool sparse_y_true = true;  ///< class numbers; else one number a class
    bool sparse_y_pred = true;
    std::int64_t axis = -1;
};
Metric IoU(std::int64_t num_classes, const Ints& target_class_ids, const IoUOptions& options = {});
Metric MeanIoU(std::int64_t num_classes, const IoUOptions& options = {});
struct OneHotIoUOptions {
    std::string name = {};
    std::optional<std::int64_t> ignore_class = std::nullopt;
    bool sparse_y_pred = false;
    std::int64_t axis = -1;
};
Metric OneHotIoU(std::int64_t num_classes, const Ints& target_class_ids, const OneHotIoUOptions& options = {});
Metric OneHotMeanIoU(std::int64_t num_classes, const OneHotIoUOptions& options = {});
struct ConfusionMatrixOptions {
    bool sparse_y_true = true;
    bool sparse_y_pred = false;
    std::string name = {};
};
/// How often each class was taken for each (not in Keras): results() row by row, a row a target's class.
Metric ConfusionMatrix(std::int64_t num_classes, const ConfusionMatrixOptions& options = {});

}  // namespace metrics
}  // namespace markhor
