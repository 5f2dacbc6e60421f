// Adagrad (Duchi et al., 2011) and Adadelta (Zeiler, 2012): steps sized by all gradients so far, or by recent ones.
#include "training/optimizer.hpp"

namespace markhor {
namespace {

class Adagrad final : public OptimizerBase {
public:
    explicit Adagrad(const optimizers::AdagradOptions& options = {})
        : OptimizerBase(options),
          initial_accumulator_value_(options.initial_accumulator_value),
          epsilon_(options.epsilon) {}
    std::string_view class_name() const override { return "Adagrad"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("initial_accumulator_value", initial_accumulator_value_);
        visitor.field("epsilon", epsilon_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        add_slots(weights, {{"accumulator", static_cast<float>(initial_accumulator_value_)}});
    }
    graph::Value update(const Update& step) const override {
        const Term sum = step.assign(0, step.slot(0) + square(step.gradient));
        return step.weight - step.learning_rate() * step.gradient / sqrt(sum + epsilon_);
    }

    double initial_accumulator_value_;
    double epsilon_;
};

class Adadelta final : public OptimizerBase {
public:
    explicit Adadelta(const optimizers::AdadeltaOptions& options = {})
        : OptimizerBase(options), rho_(options.rho), epsilon_(options.epsilon) {}
    std::string_view class_name() const override { return "Adadelta"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("rho", rho_);
        visitor.field("epsilon", epsilon_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        add_slots(weights, {{"accumulated_grad"}, {"accumulated_delta_var"}});
    }
    graph::Value update(const Update& step) const override {
        const Term gradients = step.assign(0, rho_ * step.slot(0) + (1 - rho_) * square(step.gradient));
        const Term change = sqrt(step.slot(1) + epsilon_) * step.gradient / sqrt(gradients + epsilon_);
        step.assign(1, rho_ * step.slot(1) + (1 - rho_) * square(change));
        return step.weight - step.learning_rate() * change;
    }

    double rho_;
    double epsilon_;
};

const RegisterOptimizer<Adagrad> register_adagrad("Adagrad");
const RegisterOptimizer<Adadelta> register_adadelta("Adadelta");

}  // namespace

Optimizer optimizers::Adagrad(const AdagradOptions& options) { return make_optimizer<markhor::Adagrad>(options); }
Optimizer optimizers::Adadelta(const AdadeltaOptions& options) { return make_optimizer<markhor::Adadelta>(options); }

}  // namespace markhor
