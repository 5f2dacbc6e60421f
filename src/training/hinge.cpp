// Losses of margins: what lies on the wrong side of 1 counts.
#include "ops/comparison.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "training/formula_loss.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Value;

// Targets of 0 and 1 become -1 and 1, if there are no others in the batch.
Value signs(Builder& b, Value target) {
    const Value zeros = ops::compare(b, ops::Comparison::equal, target, 0);
    const Value ones = ops::compare(b, ops::Comparison::equal, target, 1);
    const Value others = affine(b, ops::add(b, zeros, ones), -1, 1);
    const Value binary = affine(b, ops::reduce_all(b, ops::Reduction::max, others), -1, 1);
    return ops::add(b, target, ops::multiply(b, binary, affine(b, target, 1, -1)));  // t + (t - 1)
}

Value margins(Builder& b, Value target, Value prediction) {
    return at_least(b, affine(b, ops::multiply(b, signs(b, target), prediction), -1, 1), 0);
}

Value hinge(Builder& b, Value target, Value prediction) { return mean_of_last_axis(b, margins(b, target, prediction)); }

Value squared_hinge(Builder& b, Value target, Value prediction) {
    return mean_of_last_axis(b, square(b, margins(b, target, prediction)));
}

// max(0, 1 + the largest prediction of the others - that of the target)
Value categorical_hinge(Builder& b, Value target, Value prediction) {
    const int last = static_cast<int>(b.spec(prediction).shape.rank()) - 1;
    const Value own = sum_of_last_axis(b, ops::multiply(b, target, prediction));
    const Value others = ops::multiply(b, affine(b, target, -1, 1), prediction);
    const Value largest = ops::reduce(b, ops::Reduction::max, others, {last});
    return at_least(b, affine(b, ops::subtract(b, largest, own), 1, 1), 0);
}

const NamedFormula hinge_formula{"Hinge", "hinge", hinge};
const RegisterFormula registered_hinge(hinge_formula);
const NamedFormula squared_hinge_formula{"SquaredHinge", "squared_hinge", squared_hinge};
const RegisterFormula registered_squared_hinge(squared_hinge_formula);
const NamedFormula categorical_hinge_formula{"CategoricalHinge", "categorical_hinge", categorical_hinge};
const RegisterFormula registered_categorical_hinge(categorical_hinge_formula);

}  // namespace

namespace losses {

Loss Hinge(const LossOptions& options) { return make_loss<FormulaLoss>(hinge_formula, options); }
Loss SquaredHinge(const LossOptions& options) { return make_loss<FormulaLoss>(squared_hinge_formula, options); }
Loss CategoricalHinge(const LossOptions& options) { return make_loss<FormulaLoss>(categorical_hinge_formula, options); }

}  // namespace losses
}  // namespace markhor
