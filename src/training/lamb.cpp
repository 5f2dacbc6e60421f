// Lamb (You et al., 2019): Adam's step, scaled to each weight's norm.
#include <cmath>

#include "training/optimizer.hpp"

namespace markhor {
namespace {

class Lamb final : public OptimizerBase {
public:
    explicit Lamb(const optimizers::LambOptions& options = {})
        : OptimizerBase(options), beta_1_(options.beta_1), beta_2_(options.beta_2), epsilon_(options.epsilon) {}
    std::string_view class_name() const override { return "Lamb"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("beta_1", beta_1_);
        visitor.field("beta_2", beta_2_);
        visitor.field("epsilon", epsilon_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        add_slots(weights, {{"momentum"}, {"velocity"}});
    }
    graph::Value update(const Update& step) const override {
        const Term g = step.gradient;
        const Term m = step.assign(0, step.slot(0) + (1 - beta_1_) * (g - step.slot(0)));
        const Term v = step.assign(1, step.slot(1) + (1 - beta_2_) * (square(g) - step.slot(1)));
        const Term m_correction = step.scalar(
            "m_correction", [beta_1 = beta_1_](const StepNumbers& now) { return 1 / (1 - std::pow(beta_1, now.t())); });
        const Term v_correction = step.scalar(
            "v_correction", [beta_2 = beta_2_](const StepNumbers& now) { return 1 / (1 - std::pow(beta_2, now.t())); });
        const Term change = m * m_correction / (sqrt(v * v_correction) + epsilon_);
        const Term weight_norm = sqrt(sum(square(step.weight)));
        const Term change_norm = sqrt(sum(square(change)));
        // weight_norm / change_norm, or 1 where either is 0.
        const Term both = sign(weight_norm) * sign(change_norm);
        const Term ratio = both * weight_norm / max(change_norm, 1.2e-38) + (-both + 1);
        return step.weight - ratio * step.learning_rate() * change;
    }

    double beta_1_;
    double beta_2_;
    double epsilon_;
};

const RegisterOptimizer<Lamb> register_lamb("Lamb");

}  // namespace

Optimizer optimizers::Lamb(const LambOptions& options) { return make_optimizer<markhor::Lamb>(options); }

}  // namespace markhor
