// Lion (Chen et al., 2023): steps of one size, in the direction of an interpolated momentum.
#include <fmt/format.h>

#include <markhor/error.hpp>

#include "training/optimizer.hpp"

namespace markhor {
namespace {

class Lion final : public OptimizerBase {
public:
    explicit Lion(const optimizers::LionOptions& options = {})
        : OptimizerBase(options), beta_1_(options.beta_1), beta_2_(options.beta_2) {}
    std::string_view class_name() const override { return "Lion"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("beta_1", beta_1_);
        visitor.field("beta_2", beta_2_);
    }
    void check_own() const override {
        if (beta_1_ > 0 && beta_1_ <= 1) return;
        throw ValueError("Lion: beta_1 is " + fmt::format("{}", beta_1_) + "; more than 0 and at most 1 is wanted");
    }
    void build_own(const std::vector<VariablePtr>& weights) override { add_slots(weights, {{"momentum"}}); }
    graph::Value update(const Update& step) const override {
        const Term g = step.gradient;
        const Term m = step.slot(0);
        step.assign(0, beta_2_ * m + (1 - beta_2_) * g);
        return step.weight - step.learning_rate() * sign(beta_1_ * m + (1 - beta_1_) * g);
    }

    double beta_1_;
    double beta_2_;
};

const RegisterOptimizer<Lion> register_lion("Lion");

}  // namespace

Optimizer optimizers::Lion(const LionOptions& options) { return make_optimizer<markhor::Lion>(options); }

}  // namespace markhor
