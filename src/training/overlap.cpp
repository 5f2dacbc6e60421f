// Losses of overlapping areas, for segmentation: Dice and Tversky. Without an axis one number stands for the whole
// batch.
#include <algorithm>
#include <numeric>
#include <vector>

#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "training/formula_loss.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Value;

class Overlap : public ElementLoss {
protected:
    Overlap(std::string_view name, const losses::LossOptions& options, Ints axis)
        : ElementLoss(name, options), axis_(std::move(axis)) {}

    // Over the axes that were asked for, or all. Throws ShapeError where there is no such axis.
    Value sum(Builder& b, Value x) const {
        const Shape shape = b.spec(x).shape;
        const int rank = static_cast<int>(shape.rank());
        std::vector<int> axes;
        for (const std::int64_t axis : axis_.values()) {
            shape.dim(axis);
            axes.push_back(static_cast<int>(axis) + (axis < 0 ? rank : 0));
        }
        if (axes.empty()) {
            axes.resize(shape.rank());
            std::iota(axes.begin(), axes.end(), 0);
        }
        std::ranges::sort(axes);
        axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
        return ops::reduce(b, ops::Reduction::sum, x, axes);
    }

    Ints axis_;
};

// 1 - 2 sum(t p) / (sum(t) + sum(p))
class DiceLoss final : public Overlap {
public:
    explicit DiceLoss(const losses::DiceOptions& options = {})
        : Overlap("dice", {options.reduction, options.name}, options.axis) {}
    std::string_view class_name() const override { return "Dice"; }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("axis", axis_); }
    Value values(Builder& b, Value target, Value prediction) const override {
        const Value both = affine(b, sum(b, ops::multiply(b, target, prediction)), 2);
        const Value either = affine(b, ops::add(b, sum(b, target), sum(b, prediction)), 1, fuzz);
        return affine(b, ops::divide(b, both, either), -1, 1);
    }
};

// 1 - both / (both + alpha targets alone + beta predictions alone)
class TverskyLoss final : public Overlap {
public:
    explicit TverskyLoss(const losses::TverskyOptions& options = {})
        : Overlap("tversky", {options.reduction, options.name}, options.axis),
          alpha_(options.alpha),
          beta_(options.beta) {}
    std::string_view class_name() const override { return "Tversky"; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("alpha", alpha_);
        visitor.field("beta", beta_);
        visitor.field("axis", axis_);
    }
    Value values(Builder& b, Value target, Value prediction) const override {
        const Value both = sum(b, ops::multiply(b, target, prediction));
        const Value missed = sum(b, ops::multiply(b, target, affine(b, prediction, -1, 1)));
        const Value made_up = sum(b, ops::multiply(b, affine(b, target, -1, 1), prediction));
        const Value alone = ops::add(b, affine(b, missed, alpha_), affine(b, made_up, beta_));
        return affine(b, ops::divide(b, both, ops::add(b, both, affine(b, alone, 1, fuzz))), -1, 1);
    }

private:
    double alpha_, beta_;
};

const RegisterLoss<DiceLoss> registered_dice({"Dice", "dice"});
const RegisterLoss<TverskyLoss> registered_tversky({"Tversky", "tversky"});

}  // namespace

namespace losses {

Loss Dice(const DiceOptions& options) { return make_loss<DiceLoss>(options); }
Loss Tversky(const TverskyOptions& options) { return make_loss<TverskyLoss>(options); }

}  // namespace losses
}  // namespace markhor
