// Cross-entropies of predicted probabilities, or of logits: Keras's formulas with the TensorFlow backend, whose clipping of
// probabilities is only seen where the prediction is not the direct output of a softmax or sigmoid.
#include <cmath>
#include <string>

#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "training/element.hpp"
#include "training/loss.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::UnaryKind;
using ops::Value;

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

Value clipped_log(Builder& builder, Value probabilities) {
    const Value clipped = ops::unary(builder, UnaryKind::clip, probabilities, epsilon, 1.0 - epsilon);
    return ops::unary(builder, UnaryKind::log, clipped);
}

Value as_type(Builder& builder, Value value, DType dtype) {
    return builder.spec(value).dtype == dtype ? value : ops::cast(builder, value, dtype);
}

// t (1 - smoothing) + smoothing / classes.
Value smoothed(Builder& builder, Value target, double smoothing, double classes) {
    return smoothing == 0 ? target : ops::unary(builder, UnaryKind::scale, target, 1 - smoothing, smoothing / classes);
}

void check_smoothing(double smoothing) {
    if (smoothing >= 0 && smoothing <= 1) return;
    throw ValueError("label_smoothing must be in [0, 1]; " + std::to_string(smoothing) + " came");
}

// The input of the softmax or sigmoid where there is one, the prediction itself where it is said to be logits, else invalid.
Value find_logits(const Builder& builder, Value prediction, bool from_logits) {
    const Value recovered = recover_logits(builder, prediction);
    return recovered || !from_logits ? recovered : prediction;
}

class SparseCategorical final : public LossBase {
public:
    explicit SparseCategorical(const losses::CrossentropyOptions& options) : from_logits_(options.from_logits) {}
    std::string_view name() const override { return "sparse_categorical_crossentropy"; }

    void check_targets(const Tensor& targets, const Shape& prediction,
                       std::span<const std::int64_t> items) const override {
        const auto classes = static_cast<double>(prediction.back());
        const auto count = static_cast<std::size_t>(targets.size());
        for (std::size_t i = 0; i < count; ++i) {
            const double value = std::trunc(element(targets, i));
            if (value >= 0 && value < classes) continue;
            const std::int64_t item = items[i * items.size() / count];
            throw ValueError("example " + std::to_string(item) + " has the label " +
                             std::to_string(static_cast<long long>(value)) + "; with " +
                             std::to_string(prediction.back()) + " outputs labels are 0 to " +
                             std::to_string(prediction.back() - 1));
        }
    }

protected:
    Value sample_losses(Builder& builder, Value target, Value prediction) const override {
        const Shape shape = builder.spec(prediction).shape;
        const Shape labels(std::vector<std::int64_t>(shape.begin(), shape.end() - 1));
        Shape with_one = labels;
        with_one.push_back(1);
        const Shape given = builder.spec(target).shape;
        if (given != labels && given != with_one) {
            throw ShapeError("one class number a prediction is wanted, of shape " + labels.str() +
                             "; for one probability a class use categorical_crossentropy");
        }
        target = as_type(builder, ops::reshape(builder, target, labels), DType::int32);
        const Value logits = find_logits(builder, prediction, from_logits_);
        return ops::softmax_cross_entropy(builder, logits ? logits : clipped_log(builder, prediction), target, true);
    }

private:
    const bool from_logits_;
};

class Categorical final : public LossBase {
public:
    explicit Categorical(const losses::SmoothedCrossentropyOptions& options)
        : from_logits_(options.from_logits), smoothing_(options.label_smoothing) {
        check_smoothing(smoothing_);
    }
    std::string_view name() const override { return "categorical_crossentropy"; }

protected:
    Value sample_losses(Builder& builder, Value target, Value prediction) const override {
        if (builder.spec(target).shape != builder.spec(prediction).shape) {
            throw ShapeError("one probability a class is wanted; for class numbers use sparse_categorical_crossentropy");
        }
        const Shape shape = builder.spec(prediction).shape;
        const int last = static_cast<int>(shape.rank()) - 1;
        target = as_type(builder, target, DType::float32);
        target = smoothed(builder, target, smoothing_, static_cast<double>(shape.back()));
        if (const Value logits = find_logits(builder, prediction, from_logits_)) {
            return ops::softmax_cross_entropy(builder, logits, target, false);
        }
        const Value sums = ops::reduce(builder, ops::Reduction::sum, prediction, {last}, true);
        const Value logs = clipped_log(builder, ops::divide(builder, prediction, sums));
        const Value picked = ops::reduce(builder, ops::Reduction::sum, ops::multiply(builder, target, logs), {last});
        return ops::unary(builder, UnaryKind::negate, picked);
    }

private:
    const bool from_logits_;
    const double smoothing_;
};

class Binary final : public LossBase {
public:
    explicit Binary(const losses::SmoothedCrossentropyOptions& options)
        : from_logits_(options.from_logits), smoothing_(options.label_smoothing) {
        check_smoothing(smoothing_);
    }
    std::string_view name() const override { return "binary_crossentropy"; }

protected:
    Value sample_losses(Builder& builder, Value target, Value prediction) const override {
        if (builder.spec(target).shape != builder.spec(prediction).shape) {
            throw ShapeError("one target an output is wanted");
        }
        target = smoothed(builder, as_type(builder, target, DType::float32), smoothing_, 2);
        if (const Value logits = find_logits(builder, prediction, from_logits_)) {
            return mean_of_last_axis(builder, ops::sigmoid_cross_entropy(builder, logits, target));
        }
        // -(t log p + (1 - t) log(1 - p))
        const Value p = ops::unary(builder, UnaryKind::clip, prediction, epsilon, 1.0 - epsilon);
        const Value not_p = ops::unary(builder, UnaryKind::scale, p, -1, 1);
        const Value not_target = ops::unary(builder, UnaryKind::scale, target, -1, 1);
        const Value hit = ops::multiply(builder, target, ops::unary(builder, UnaryKind::log, p));
        const Value miss = ops::multiply(builder, not_target, ops::unary(builder, UnaryKind::log, not_p));
        return mean_of_last_axis(builder, ops::unary(builder, UnaryKind::negate, ops::add(builder, hit, miss)));
    }

private:
    const bool from_logits_;
    const double smoothing_;
};

}  // namespace

namespace losses {

Loss SparseCategoricalCrossentropy(const CrossentropyOptions& options) {
    return Loss(std::make_shared<const SparseCategorical>(options));
}
Loss CategoricalCrossentropy(const SmoothedCrossentropyOptions& options) {
    return Loss(std::make_shared<const Categorical>(options));
}
Loss BinaryCrossentropy(const SmoothedCrossentropyOptions& options) {
    return Loss(std::make_shared<const Binary>(options));
}

}  // namespace losses
}  // namespace markhor
