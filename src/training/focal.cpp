// Cross-entropies that count a sample for less the surer the prediction is of it already (Lin et al., "Focal loss for
// dense object detection", 2017). As in Keras, only the binary one looks for the logits behind an activation.
#include <markhor/error.hpp>

#include "ops/comparison.hpp"
#include "ops/elementwise.hpp"
#include "ops/softmax.hpp"
#include "training/loss.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Value;

class BinaryFocal final : public LossBase {
public:
    explicit BinaryFocal(const losses::BinaryFocalCrossentropyOptions& options = {})
        : LossBase("binary_focal_crossentropy", {options.reduction, options.name}), options_(options) {}
    std::string_view class_name() const override { return "BinaryFocalCrossentropy"; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("from_logits", options_.from_logits);
        visitor.field("label_smoothing", options_.label_smoothing);
        visitor.field("axis", options_.axis);
        visitor.field("apply_class_balancing", options_.apply_class_balancing);
        visitor.field("alpha", options_.alpha);
        visitor.field("gamma", options_.gamma);
    }
    void check_options() const override { check_smoothing(name(), options_.label_smoothing); }

    SampleLosses sample_losses(Builder& b, Value target, Value prediction) const override {
        const Value t = binary_target(b, target, prediction, options_.label_smoothing);
        const Value not_t = affine(b, t, -1, 1);
        const Value p = options_.from_logits ? ops::unary(b, ops::UnaryKind::sigmoid, prediction) : prediction;
        const Value logits = recover_logits(b, p);
        const Value surprise = logits ? ops::sigmoid_cross_entropy(b, logits, t) : binary_crossentropy(b, t, p);
        const Value right = ops::add(b, ops::multiply(b, t, p), ops::multiply(b, not_t, affine(b, p, -1, 1)));
        Value focal = ops::multiply(b, ops::power(b, affine(b, right, -1, 1), options_.gamma), surprise);
        if (options_.apply_class_balancing) {
            const double alpha = options_.alpha;
            focal = ops::multiply(b, affine(b, t, 2 * alpha - 1, 1 - alpha), focal);  // t alpha + (1 - t)(1 - alpha)
        }
        return {mean_of_last_axis(b, with_axis_last(b, focal, options_.axis))};
    }

private:
    losses::BinaryFocalCrossentropyOptions options_;
};

class CategoricalFocal final : public LossBase {
public:
    explicit CategoricalFocal(const losses::CategoricalFocalCrossentropyOptions& options = {})
        : LossBase("categorical_focal_crossentropy", {options.reduction, options.name}), options_(options) {}
    std::string_view class_name() const override { return "CategoricalFocalCrossentropy"; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("from_logits", options_.from_logits);
        visitor.field("label_smoothing", options_.label_smoothing);
        visitor.field("axis", options_.axis);
        visitor.field("alpha", options_.alpha);
        visitor.field("gamma", options_.gamma);
    }
    void check_options() const override { check_smoothing(name(), options_.label_smoothing); }

    SampleLosses sample_losses(Builder& b, Value target, Value prediction) const override {
        if (b.spec(target).shape != b.spec(prediction).shape) throw ShapeError("one probability a class is wanted");
        target = as_type(b, target, b.spec(prediction).dtype);
        const auto classes = static_cast<double>(b.spec(target).shape.dim(-1));
        target = with_axis_last(b, smoothed(b, target, options_.label_smoothing, classes), options_.axis);
        prediction = with_axis_last(b, prediction, options_.axis);
        if (options_.from_logits) prediction = ops::softmax(b, prediction);
        const Value p = clip(b, ops::divide(b, prediction, sum_of_last_axis(b, prediction, true)), fuzz, 1.0 - fuzz);
        const Value surprise = ops::multiply(b, target, log_of(b, p));
        const Value focus = ops::power(b, affine(b, p, -1, 1), options_.gamma);
        return {affine(b, sum_of_last_axis(b, ops::multiply(b, focus, surprise)), -options_.alpha)};
    }

private:
    losses::CategoricalFocalCrossentropyOptions options_;
};

const RegisterLoss<BinaryFocal> registered_binary_focal({"BinaryFocalCrossentropy", "binary_focal_crossentropy"});
const RegisterLoss<CategoricalFocal> registered_categorical_focal({"CategoricalFocalCrossentropy",
                                                                   "categorical_focal_crossentropy"});

}  // namespace

namespace losses {

Loss BinaryFocalCrossentropy(const BinaryFocalCrossentropyOptions& options) { return make_loss<BinaryFocal>(options); }
Loss CategoricalFocalCrossentropy(const CategoricalFocalCrossentropyOptions& options) {
    return make_loss<CategoricalFocal>(options);
}

}  // namespace losses
}  // namespace markhor
