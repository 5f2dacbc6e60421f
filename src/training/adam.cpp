// Adam (Kingma & Ba, 2015), with AMSGrad (Reddi et al., 2018) on request, and AdamW (Loshchilov & Hutter, 2019).
#include <cmath>

#include "ops/update.hpp"
#include "training/optimizer.hpp"

namespace markhor {
namespace {

/// AdamW differs in its name and in the default of weight_decay, which every optimizer has.
template <class Options>
class AdamLike : public OptimizerBase {
public:
    explicit AdamLike(const Options& options = {})
        : OptimizerBase(options),
          beta_1_(options.beta_1),
          beta_2_(options.beta_2),
          epsilon_(options.epsilon),
          amsgrad_(options.amsgrad) {}

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("beta_1", beta_1_);
        visitor.field("beta_2", beta_2_);
        visitor.field("epsilon", epsilon_);
        visitor.field("amsgrad", amsgrad_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        add_slots(weights, {{"momentum"}, {"velocity"}});
        if (amsgrad_) add_slots(weights, {{"velocity_hat"}});
    }
    graph::Value update(const Update& step) const override {
        const Term alpha = step.scalar("alpha", [beta_1 = beta_1_, beta_2 = beta_2_](const StepNumbers& now) {
            return now.learning_rate * std::sqrt(1 - std::pow(beta_2, now.t())) / (1 - std::pow(beta_1, now.t()));
        });
        const auto op = std::make_shared<ops::AdamStep>(beta_1_, beta_2_, epsilon_);
        const auto results = step.graph.add(op, {step.weight, step.slot(0), step.slot(1), step.gradient, alpha});
        const Term m = step.assign(0, results[1]);
        const Term v = step.assign(1, results[2]);
        if (!amsgrad_) return results[0];
        const Term largest = step.assign(2, max(step.slot(2), v));
        return step.weight - m * alpha / (sqrt(largest) + epsilon_);
    }

    double beta_1_, beta_2_, epsilon_;
    bool amsgrad_;
};

class Adam final : public AdamLike<optimizers::AdamOptions> {
public:
    using AdamLike::AdamLike;
    std::string_view class_name() const override { return "Adam"; }
};

class AdamW final : public AdamLike<optimizers::AdamWOptions> {
public:
    using AdamLike::AdamLike;
    std::string_view class_name() const override { return "AdamW"; }
};

const RegisterOptimizer<Adam> register_adam("Adam");
const RegisterOptimizer<AdamW> register_adamw("AdamW");

}  // namespace

Optimizer optimizers::Adam(const AdamOptions& options) { return make_optimizer<markhor::Adam>(options); }
Optimizer optimizers::AdamW(const AdamWOptions& options) { return make_optimizer<markhor::AdamW>(options); }

}  // namespace markhor
