// Follow the regularized leader (McMahan et al., 2013): weights made anew from sums over all gradients.
#include <fmt/format.h>

#include <markhor/error.hpp>

#include "training/optimizer.hpp"

namespace markhor {
namespace {

class Ftrl final : public OptimizerBase {
public:
    explicit Ftrl(const optimizers::FtrlOptions& options = {})
        : OptimizerBase(options),
          learning_rate_power_(options.learning_rate_power),
          initial_accumulator_value_(options.initial_accumulator_value),
          l1_regularization_strength_(options.l1_regularization_strength),
          l2_regularization_strength_(options.l2_regularization_strength),
          l2_shrinkage_regularization_strength_(options.l2_shrinkage_regularization_strength),
          beta_(options.beta) {}
    std::string_view class_name() const override { return "Ftrl"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("learning_rate_power", learning_rate_power_);
        visitor.field("initial_accumulator_value", initial_accumulator_value_);
        visitor.field("l1_regularization_strength", l1_regularization_strength_);
        visitor.field("l2_regularization_strength", l2_regularization_strength_);
        visitor.field("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength_);
        visitor.field("beta", beta_);
    }
    void check_own() const override {
        const auto at_least_zero = [](const char* name, double value) {
            if (value >= 0) return;
            throw ValueError(std::string("Ftrl: ") + name + " is " + fmt::format("{}", value) +
                             "; at least 0 is wanted");
        };
        at_least_zero("initial_accumulator_value", initial_accumulator_value_);
        at_least_zero("l1_regularization_strength", l1_regularization_strength_);
        at_least_zero("l2_regularization_strength", l2_regularization_strength_);
        at_least_zero("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength_);
        at_least_zero("-learning_rate_power", -learning_rate_power_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        add_slots(weights, {{"accumulator", static_cast<float>(initial_accumulator_value_)}, {"linear"}});
    }
    graph::Value update(const Update& step) const override {
        const Term lr = step.learning_rate();
        const Term g = step.gradient;
        const Term shrunk = g + (2 * l2_shrinkage_regularization_strength_) * step.weight;
        const Term before = step.slot(0);
        const Term sum = step.assign(0, before + square(g));
        const Term power = pow(sum, -learning_rate_power_);
        const Term linear =
            step.assign(1, step.slot(1) + shrunk - (power - pow(before, -learning_rate_power_)) / lr * step.weight);
        const Term l2 = step.scalar("l2", [this](const StepNumbers& now) {
            return 2 * (l2_regularization_strength_ + beta_ / (2 * now.learning_rate));
        });
        const Term clipped = clip(linear, -l1_regularization_strength_, l1_regularization_strength_);
        return (clipped - linear) / (power / lr + l2);
    }

    double learning_rate_power_;
    double initial_accumulator_value_;
    double l1_regularization_strength_;
    double l2_regularization_strength_;
    double l2_shrinkage_regularization_strength_;
    double beta_;
};

const RegisterOptimizer<Ftrl> register_ftrl("Ftrl");

}  // namespace

Optimizer optimizers::Ftrl(const FtrlOptions& options) { return make_optimizer<markhor::Ftrl>(options); }

}  // namespace markhor
