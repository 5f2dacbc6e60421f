// RMSprop (Hinton, 2012): steps divided by a moving root mean square of the gradients.
#include "training/optimizer.hpp"

namespace markhor {
namespace {

class RMSprop final : public OptimizerBase {
public:
    explicit RMSprop(const optimizers::RMSpropOptions& options = {})
        : OptimizerBase(options),
          rho_(options.rho),
          momentum_(options.momentum),
          epsilon_(options.epsilon),
          centered_(options.centered) {}
    std::string_view class_name() const override { return "RMSprop"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("rho", rho_);
        visitor.field("momentum", momentum_);
        visitor.field("epsilon", epsilon_);
        visitor.field("centered", centered_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        add_slots(weights, {{"velocity"}});
        if (momentum_ > 0) add_slots(weights, {{"momentum"}});
        if (centered_) add_slots(weights, {{"average_gradient"}});
    }
    graph::Value update(const Update& step) const override {
        const Term g = step.gradient;
        Term variance = step.assign(0, rho_ * step.slot(0) + (1 - rho_) * square(g));
        if (centered_) {
            const std::size_t average = momentum_ > 0 ? 2 : 1;
            variance = variance - square(step.assign(average, rho_ * step.slot(average) + (1 - rho_) * g));
        }
        const Term change = step.learning_rate() * g / sqrt(variance + epsilon_);
        if (momentum_ == 0) return step.weight - change;
        return step.weight - step.assign(1, momentum_ * step.slot(1) + change);
    }

    double rho_;
    double momentum_;
    double epsilon_;
    bool centered_;
};

const RegisterOptimizer<RMSprop> register_rmsprop("RMSprop");

}  // namespace

Optimizer optimizers::RMSprop(const RMSpropOptions& options) { return make_optimizer<markhor::RMSprop>(options); }

}  // namespace markhor
