// Losses of numbers that are compared one by one: squared, absolute and relative errors, and their relatives.
#include <numbers>

#include "ops/elementwise.hpp"
#include "training/formula_loss.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::UnaryKind;
using ops::Value;

Value mean_squared_error(Builder& b, Value target, Value prediction) {
    return mean_of_last_axis(b, square(b, ops::subtract(b, prediction, target)));
}

Value mean_absolute_error(Builder& b, Value target, Value prediction) {
    return mean_of_last_axis(b, absolute(b, ops::subtract(b, prediction, target)));
}

Value mean_absolute_percentage_error(Builder& b, Value target, Value prediction) {
    const Value scale = at_least(b, absolute(b, target), fuzz);
    const Value relative = absolute(b, ops::divide(b, ops::subtract(b, target, prediction), scale));
    return affine(b, mean_of_last_axis(b, relative), 100);
}

Value mean_squared_logarithmic_error(Builder& b, Value target, Value prediction) {
    const auto log1p = [&](Value x) { return log_of(b, affine(b, at_least(b, x, fuzz), 1, 1)); };
    return mean_of_last_axis(b, square(b, ops::subtract(b, log1p(prediction), log1p(target))));
}

// x + softplus(-2x) - log 2, which does not overflow.
Value log_cosh(Builder& b, Value target, Value prediction) {
    const Value x = ops::subtract(b, prediction, target);
    const Value tail = affine(b, ops::unary(b, UnaryKind::softplus, affine(b, x, -2)), 1, -std::numbers::ln2);
    return mean_of_last_axis(b, ops::add(b, x, tail));
}

Value poisson(Builder& b, Value target, Value prediction) {
    const Value logs = log_of(b, affine(b, prediction, 1, fuzz));
    return mean_of_last_axis(b, ops::subtract(b, prediction, ops::multiply(b, target, logs)));
}

Value kl_divergence(Builder& b, Value target, Value prediction) {
    const Value t = clip(b, target, fuzz, 1);
    const Value p = clip(b, prediction, fuzz, 1);
    return sum_of_last_axis(b, ops::multiply(b, t, log_of(b, ops::divide(b, t, p))));
}

const NamedFormula mean_squared_error_formula{
    "MeanSquaredError", "mean_squared_error", mean_squared_error, {"mse", "MSE"}};
const RegisterFormula registered_mean_squared_error(mean_squared_error_formula);
const NamedFormula mean_absolute_error_formula{
    "MeanAbsoluteError", "mean_absolute_error", mean_absolute_error, {"mae", "MAE"}};
const RegisterFormula registered_mean_absolute_error(mean_absolute_error_formula);
const NamedFormula mean_absolute_percentage_error_formula{
    "MeanAbsolutePercentageError", "mean_absolute_percentage_error", mean_absolute_percentage_error, {"mape", "MAPE"}};
const RegisterFormula registered_mean_absolute_percentage_error(mean_absolute_percentage_error_formula);
const NamedFormula mean_squared_logarithmic_error_formula{
    "MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", mean_squared_logarithmic_error, {"msle", "MSLE"}};
const RegisterFormula registered_mean_squared_logarithmic_error(mean_squared_logarithmic_error_formula);
const NamedFormula log_cosh_formula{"LogCosh", "log_cosh", log_cosh};
const RegisterFormula registered_log_cosh(log_cosh_formula);
const NamedFormula poisson_formula{"Poisson", "poisson", poisson};
const RegisterFormula registered_poisson(poisson_formula);
const NamedFormula kl_divergence_formula{"KLDivergence", "kl_divergence", kl_divergence, {"kld", "KLD"}};
const RegisterFormula registered_kl_divergence(kl_divergence_formula);

// 1/2 e² up to delta, then straight on: with q = min(|e|, delta) that is 1/2 q² + delta (|e| - q).
class HuberLoss final : public ElementLoss {
public:
    explicit HuberLoss(const losses::HuberOptions& options = {})
        : ElementLoss("huber_loss", {options.reduction, options.name}), delta_(options.delta) {}
    std::string_view class_name() const override { return "Huber"; }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("delta", delta_); }
    Value values(Builder& b, Value target, Value prediction) const override {
        const Value error = absolute(b, ops::subtract(b, prediction, target));
        const Value q = clip(b, error, -1, delta_);
        const Value beyond = affine(b, ops::subtract(b, error, q), delta_);
        return mean_of_last_axis(b, ops::add(b, affine(b, square(b, q), 0.5), beyond));
    }

private:
    double delta_;
};

// Minus the cosine of the angle between target and prediction.
class CosineLoss final : public ElementLoss {
public:
    explicit CosineLoss(const losses::CosineSimilarityOptions& options = {})
        : ElementLoss("cosine_similarity", {options.reduction, options.name}), axis_(options.axis) {}
    std::string_view class_name() const override { return "CosineSimilarity"; }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("axis", axis_); }
    Value values(Builder& b, Value target, Value prediction) const override {
        const auto normalized = [&](Value x) {
            x = with_axis_last(b, x, axis_);
            const Value squares = at_least(b, sum_of_last_axis(b, square(b, x), true), fuzz * fuzz);
            return ops::divide(b, x, ops::unary(b, UnaryKind::sqrt, squares));
        };
        return affine(b, sum_of_last_axis(b, ops::multiply(b, normalized(target), normalized(prediction))), -1);
    }

private:
    std::int64_t axis_;
};

const RegisterLoss<HuberLoss> registered_huber({"Huber", "huber"});
const RegisterLoss<CosineLoss> registered_cosine({"CosineSimilarity", "cosine_similarity"});

}  // namespace

namespace losses {

Loss MeanSquaredError(const LossOptions& options) {
    return make_loss<FormulaLoss>(mean_squared_error_formula, options);
}
Loss MeanAbsoluteError(const LossOptions& options) {
    return make_loss<FormulaLoss>(mean_absolute_error_formula, options);
}
Loss MeanAbsolutePercentageError(const LossOptions& options) {
    return make_loss<FormulaLoss>(mean_absolute_percentage_error_formula, options);
}
Loss MeanSquaredLogarithmicError(const LossOptions& options) {
    return make_loss<FormulaLoss>(mean_squared_logarithmic_error_formula, options);
}
Loss LogCosh(const LossOptions& options) { return make_loss<FormulaLoss>(log_cosh_formula, options); }
Loss Poisson(const LossOptions& options) { return make_loss<FormulaLoss>(poisson_formula, options); }
Loss KLDivergence(const LossOptions& options) { return make_loss<FormulaLoss>(kl_divergence_formula, options); }
Loss Huber(const HuberOptions& options) { return make_loss<HuberLoss>(options); }
Loss CosineSimilarity(const CosineSimilarityOptions& options) { return make_loss<CosineLoss>(options); }

}  // namespace losses
}  // namespace markhor
