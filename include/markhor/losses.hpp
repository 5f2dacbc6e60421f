// keras.losses: what training minimises. Each is a class with Keras's arguments and defaults;
// https://keras.io/api/losses has the formulas. All work on tensors of floats with the batch as first axis and are
// averages over it unless `reduction` says otherwise.
#pragma once

#include <cstdint>
#include <markhor/by_position.hpp>
#include <markhor/options.hpp>
#include <markhor/tensor.hpp>
#include <memory>
#include <optional>
#include <string>

namespace markhor {

class LossBase;  // src/training/loss.hpp

/// A loss. Made from Keras's string ("sparse_categorical_crossentropy", "mse", "MeanSquaredError"; "crossentropy"
/// becomes the kind that fits targets and outputs) or as below. Copies are the same loss.
class Loss {
public:
    Loss(const char* name);         // NOLINT(google-explicit-constructor)
    Loss(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Loss(std::shared_ptr<const LossBase> base) : base_(std::move(base)) {}

    /// The string that it was made from; empty where it was made as an object.
    const std::string& identifier() const noexcept { return identifier_; }
    const std::shared_ptr<const LossBase>& base() const noexcept { return base_; }

    /// The loss of these predictions: a scalar, or with reduction "none" one number a sample. Throws ShapeError where
    /// they do not fit each other, ValueError for a label that no prediction stands for.
    Tensor operator()(const Tensor& targets, const Tensor& predictions, const Tensor& sample_weight = {}) const;

private:
    std::string identifier_;
    std::shared_ptr<const LossBase> base_;
};

namespace losses {

// Options by name or by position, in Keras's order: Huber({.delta = 0.5}) or Huber(0.5).

/// `reduction`: "sum_over_batch_size" and "mean" divide the sum of all samples' losses by their number (weights are not
/// counted), "mean_with_sample_weight" by the sum of the weights, "sum" by nothing; "none" keeps the samples apart.
/// `name`: Keras's default where empty.
struct LossOptions {
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};

/// Targets: class numbers, (batch, …); predictions (batch, …, classes). Samples of ignore_class count for nothing.
struct CrossentropyOptions {
    bool from_logits = false;
    std::optional<std::int64_t> ignore_class = std::nullopt;
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
Loss SparseCategoricalCrossentropy(const CrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Loss, SparseCategoricalCrossentropy, CrossentropyOptions)

/// label_smoothing, in [0, 1], moves that much of the targets to all classes equally.
struct SmoothedCrossentropyOptions {
    bool from_logits = false;
    double label_smoothing = 0.0;
    std::int64_t axis = -1;  ///< of the classes
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
/// Targets: one probability a class.
Loss CategoricalCrossentropy(const SmoothedCrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Loss, CategoricalCrossentropy, SmoothedCrossentropyOptions)
/// Targets: 0 or 1 for each output; the mean over `axis`.
Loss BinaryCrossentropy(const SmoothedCrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Loss, BinaryCrossentropy, SmoothedCrossentropyOptions)

/// Lin et al., "Focal loss", 2017: (1 - p)^gamma times the cross-entropy, p the probability of what is true.
struct BinaryFocalCrossentropyOptions {
    bool apply_class_balancing = false;  ///< targets of 1 weigh alpha, those of 0 weigh 1 - alpha
    double alpha = 0.25;
    double gamma = 2.0;
    bool from_logits = false;
    double label_smoothing = 0.0;
    std::int64_t axis = -1;
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
Loss BinaryFocalCrossentropy(const BinaryFocalCrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Loss, BinaryFocalCrossentropy, BinaryFocalCrossentropyOptions)
struct CategoricalFocalCrossentropyOptions {
    double alpha = 0.25;
    double gamma = 2.0;
    bool from_logits = false;
    double label_smoothing = 0.0;
    std::int64_t axis = -1;
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
Loss CategoricalFocalCrossentropy(const CategoricalFocalCrossentropyOptions& options = {});
MARKHOR_BY_POSITION(Loss, CategoricalFocalCrossentropy, CategoricalFocalCrossentropyOptions)
struct GeneralizedCrossEntropyOptions {
    double q = 0.5;  ///< between 0 (cross-entropy) and 1 (absolute error)
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
/// (1 - p^q) / q of the target's class; Zhang & Sabuncu, 2018. Targets: class numbers.
Loss CategoricalGeneralizedCrossEntropy(const GeneralizedCrossEntropyOptions& options = {});
MARKHOR_BY_POSITION(Loss, CategoricalGeneralizedCrossEntropy, GeneralizedCrossEntropyOptions)

// Of margins. Targets are -1 or 1; in a batch of zeros and ones alone, 0 stands for -1.
/// max(1 - t p, 0)
Loss Hinge(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, Hinge, LossOptions)
/// Its square.
Loss SquaredHinge(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, SquaredHinge, LossOptions)
/// max(1 + the largest prediction of the other classes - the target class's, 0); targets: one number a class.
Loss CategoricalHinge(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, CategoricalHinge, LossOptions)

// Of areas that overlap, for segmentation. `axis`: summed over; None: over all, the batch too, so that one number is
// the loss.
struct DiceOptions {
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
    Ints axis = {};
};
/// 1 - 2 sum(t p) / (sum(t) + sum(p))
Loss Dice(const DiceOptions& options = {});
MARKHOR_BY_POSITION(Loss, Dice, DiceOptions)
struct TverskyOptions {
    double alpha = 0.5;  ///< of what was missed
    double beta = 0.5;   ///< of what was made up
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
    Ints axis = {};
};
/// 1 - sum(t p) / (sum(t p) + alpha sum(t (1 - p)) + beta sum((1 - t) p))
Loss Tversky(const TverskyOptions& options = {});
MARKHOR_BY_POSITION(Loss, Tversky, TverskyOptions)

struct CircleOptions {
    double gamma = 80.0;
    double margin = 0.4;
    bool remove_diagonal = true;
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
/// Sun et al., "Circle loss", 2020. Targets: class numbers (batch,); predictions: embeddings (batch, size) of length 1.
Loss Circle(const CircleOptions& options = {});
MARKHOR_BY_POSITION(Loss, Circle, CircleOptions)

// Of numbers: each the mean over the last axis. Targets may be spread over the predictions (NumPy's broadcasting).
Loss MeanSquaredError(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, MeanSquaredError, LossOptions)
Loss MeanAbsoluteError(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, MeanAbsoluteError, LossOptions)
/// 100 |t - p| / max(|t|, 1e-7)
Loss MeanAbsolutePercentageError(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, MeanAbsolutePercentageError, LossOptions)
/// (log(p + 1) - log(t + 1))², of numbers that are at least 1e-7
Loss MeanSquaredLogarithmicError(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, MeanSquaredLogarithmicError, LossOptions)
/// log cosh(p - t)
Loss LogCosh(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, LogCosh, LossOptions)
/// p - t log(p + 1e-7)
Loss Poisson(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, Poisson, LossOptions)
/// The sum of t log(t / p), both clipped to [1e-7, 1].
Loss KLDivergence(const LossOptions& options = {});
MARKHOR_BY_POSITION(Loss, KLDivergence, LossOptions)
struct HuberOptions {
    double delta = 1.0;  ///< where the squared error gives way to the absolute one
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
Loss Huber(const HuberOptions& options = {});
MARKHOR_BY_POSITION(Loss, Huber, HuberOptions)
struct CosineSimilarityOptions {
    std::int64_t axis = -1;
    std::string reduction = "sum_over_batch_size";
    std::string name = {};
};
/// Minus the cosine of the angle between target and prediction: -1 where they point the same way.
Loss CosineSimilarity(const CosineSimilarityOptions& options = {});
MARKHOR_BY_POSITION(Loss, CosineSimilarity, CosineSimilarityOptions)

}  // namespace losses
}  // namespace markhor
