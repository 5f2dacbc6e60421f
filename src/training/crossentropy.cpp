// Cross-entropies of predicted probabilities, or of logits: Keras's formulas with the TensorFlow backend, whose
// clipping of probabilities is only seen where the prediction is not the direct output of a softmax or sigmoid.
#include <cmath>
#include <markhor/error.hpp>
#include <string>

#include "ops/check.hpp"
#include "ops/comparison.hpp"
#include "ops/elementwise.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "training/element.hpp"
#include "training/loss.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Value;

Value clipped_log(Builder& builder, Value probabilities) {
    return log_of(builder, clip(builder, probabilities, fuzz, 1.0 - fuzz));
}

// The input of the softmax or sigmoid where there is one, the prediction itself where it is said to be logits, else
// invalid.
Value find_logits(const Builder& builder, Value prediction, bool from_logits) {
    const Value recovered = recover_logits(builder, prediction);
    return recovered || !from_logits ? recovered : prediction;
}

class SparseCategoricalCrossentropyLoss final : public LossBase {
public:
    explicit SparseCategoricalCrossentropyLoss(const losses::CrossentropyOptions& options = {})
        : LossBase("sparse_categorical_crossentropy", {options.reduction, options.name}), options_(options) {}
    std::string_view class_name() const override { return "SparseCategoricalCrossentropy"; }

    void check_targets(const Tensor& targets, const Shape& prediction,
                       std::span<const std::int64_t> items) const override {
        const auto classes = static_cast<double>(prediction.back());
        const auto count = static_cast<std::size_t>(targets.size());
        for (std::size_t i = 0; i < count; ++i) {
            const double value = element(targets, i);
            const bool whole = std::trunc(value) == value;
            if (whole && value >= 0 && value < classes) continue;
            if (options_.ignore_class && value == static_cast<double>(*options_.ignore_class)) continue;
            const std::int64_t item = items[i * items.size() / count];
            throw ValueError("example " + std::to_string(item) + " has the label " + ops::text(value) + "; with " +
                             std::to_string(prediction.back()) + " outputs labels are " +
                             (whole ? "" : "whole numbers from ") + "0 to " + std::to_string(prediction.back() - 1));
        }
    }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("from_logits", options_.from_logits);
        visitor.field("ignore_class", options_.ignore_class);
    }

    SampleLosses sample_losses(Builder& builder, Value target, Value prediction) const override {
        const Shape shape = builder.spec(prediction).shape;
        if (shape.rank() == 0) throw ShapeError("predictions of (…, classes) are wanted");
        const Shape labels(std::vector<std::int64_t>(shape.begin(), shape.end() - 1));
        Shape with_one = labels;
        with_one.push_back(1);
        const Shape given = builder.spec(target).shape;
        if (given != labels && given != with_one) {
            throw ShapeError("one class number a prediction is wanted, of shape " + labels.str() +
                             "; for one probability a class use categorical_crossentropy");
        }
        target = ops::reshape(builder, target, labels);
        if (options_.ignore_class) return ignoring(builder, target, prediction, with_one);
        target = as_type(builder, target, DType::int32);
        const Value logits = find_logits(builder, prediction, options_.from_logits);
        return {ops::softmax_cross_entropy(builder, logits ? logits : clipped_log(builder, prediction), target, true)};
    }

private:
    // What is ignored is class 0 predicted by zeros, and weighs nothing. Logits are not looked for, as in Keras.
    SampleLosses ignoring(Builder& builder, Value target, Value prediction, const Shape& with_one) const {
        const auto ignored = static_cast<double>(*options_.ignore_class);
        target = as_type(builder, target, builder.spec(prediction).dtype);
        const Value mask = ops::compare(builder, ops::Comparison::not_equal, target, ignored);
        target = as_type(builder, ops::multiply(builder, target, mask), DType::int32);
        prediction = ops::multiply(builder, prediction, ops::reshape(builder, mask, with_one));
        if (!options_.from_logits) prediction = clipped_log(builder, prediction);
        const Value values = ops::softmax_cross_entropy(builder, prediction, target, true);
        return {ops::multiply(builder, values, mask), mask};
    }

    losses::CrossentropyOptions options_;
};

// What the cross-entropies with one target an output share.
class Smoothed : public LossBase {
protected:
    Smoothed(std::string_view name, const losses::SmoothedCrossentropyOptions& options)
        : LossBase(name, {options.reduction, options.name}), options_(options) {}

    void describe_options(FieldVisitor& visitor) override {
        visitor.field("from_logits", options_.from_logits);
        visitor.field("label_smoothing", options_.label_smoothing);
        visitor.field("axis", options_.axis);
    }
    void check_options() const override { check_smoothing(name(), options_.label_smoothing); }

    losses::SmoothedCrossentropyOptions options_;
};

class CategoricalCrossentropyLoss final : public Smoothed {
public:
    explicit CategoricalCrossentropyLoss(const losses::SmoothedCrossentropyOptions& options = {})
        : Smoothed("categorical_crossentropy", options) {}
    std::string_view class_name() const override { return "CategoricalCrossentropy"; }

protected:
    SampleLosses sample_losses(Builder& builder, Value target, Value prediction) const override {
        if (builder.spec(target).shape != builder.spec(prediction).shape) {
            throw ShapeError(
                "one probability a class is wanted; for class numbers use sparse_categorical_crossentropy");
        }
        target = as_type(builder, target, builder.spec(prediction).dtype);
        const auto classes = static_cast<double>(builder.spec(target).shape.dim(-1));
        target = with_axis_last(builder, smoothed(builder, target, options_.label_smoothing, classes), options_.axis);
        if (const Value logits = find_logits(builder, prediction, options_.from_logits)) {
            return {ops::softmax_cross_entropy(builder, with_axis_last(builder, logits, options_.axis), target, false)};
        }
        prediction = with_axis_last(builder, prediction, options_.axis);
        const Value sums = sum_of_last_axis(builder, prediction, true);
        const Value logs = clipped_log(builder, ops::divide(builder, prediction, sums));
        return {affine(builder, sum_of_last_axis(builder, ops::multiply(builder, target, logs)), -1)};
    }
};

class BinaryCrossentropyLoss final : public Smoothed {
public:
    explicit BinaryCrossentropyLoss(const losses::SmoothedCrossentropyOptions& options = {})
        : Smoothed("binary_crossentropy", options) {}
    std::string_view class_name() const override { return "BinaryCrossentropy"; }

protected:
    SampleLosses sample_losses(Builder& builder, Value target, Value prediction) const override {
        target = binary_target(builder, target, prediction, options_.label_smoothing);
        const Value logits = find_logits(builder, prediction, options_.from_logits);
        const Value values = logits ? ops::sigmoid_cross_entropy(builder, logits, target)
                                    : binary_crossentropy(builder, target, prediction);
        return {mean_of_last_axis(builder, with_axis_last(builder, values, options_.axis))};
    }
};

// The kind that fits the shapes: binary for one output, sparse where targets have fewer numbers than outputs, else
// categorical.
class Automatic final : public LossBase {
public:
    Automatic() : LossBase("crossentropy", {}) {}
    std::string_view class_name() const override { return "crossentropy"; }

    SampleLosses unreduced(Builder& builder, Value target, Value prediction) const override {
        return kind(builder.spec(target).shape, builder.spec(prediction).shape).unreduced(builder, target, prediction);
    }
    void check_targets(const Tensor& targets, const Shape& prediction,
                       std::span<const std::int64_t> items) const override {
        kind(targets.shape(), prediction).check_targets(targets, prediction, items);
    }

protected:
    SampleLosses sample_losses(Builder& builder, Value target, Value prediction) const override {
        return unreduced(builder, target, prediction);
    }

private:
    const LossBase& kind(const Shape& target, const Shape& prediction) const {
        if (prediction.dim(-1) == 1) return binary_;
        if (target.rank() < prediction.rank() || target.back() == 1) return sparse_;
        return categorical_;
    }

    BinaryCrossentropyLoss binary_;
    SparseCategoricalCrossentropyLoss sparse_;
    CategoricalCrossentropyLoss categorical_;
};

const RegisterLoss<SparseCategoricalCrossentropyLoss> registered_sparse({"SparseCategoricalCrossentropy",
                                                                         "sparse_categorical_crossentropy"});
const RegisterLoss<CategoricalCrossentropyLoss> registered_categorical({"CategoricalCrossentropy",
                                                                        "categorical_crossentropy"});
const RegisterLoss<BinaryCrossentropyLoss> registered_binary({"BinaryCrossentropy", "binary_crossentropy", "bce",
                                                              "BCE"});
const RegisterLoss<Automatic> registered_automatic({"crossentropy", "ce"});

}  // namespace

namespace losses {

Loss SparseCategoricalCrossentropy(const CrossentropyOptions& options) {
    return make_loss<SparseCategoricalCrossentropyLoss>(options);
}
Loss CategoricalCrossentropy(const SmoothedCrossentropyOptions& options) {
    return make_loss<CategoricalCrossentropyLoss>(options);
}
Loss BinaryCrossentropy(const SmoothedCrossentropyOptions& options) {
    return make_loss<BinaryCrossentropyLoss>(options);
}

}  // namespace losses
}  // namespace markhor
