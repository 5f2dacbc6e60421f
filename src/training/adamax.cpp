// Adamax (Kingma & Ba, 2015, section 7.1) and Nadam (Dozat, 2015).
#include <cmath>

#include "training/optimizer.hpp"

namespace markhor {
namespace {

class Adamax final : public OptimizerBase {
public:
    explicit Adamax(const optimizers::AdamaxOptions& options = {})
        : OptimizerBase(options), beta_1_(options.beta_1), beta_2_(options.beta_2), epsilon_(options.epsilon) {}
    std::string_view class_name() const override { return "Adamax"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("beta_1", beta_1_);
        visitor.field("beta_2", beta_2_);
        visitor.field("epsilon", epsilon_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override { add_slots(weights, {{"momentum"}, {"norm"}}); }
    graph::Value update(const Update& step) const override {
        const Term g = step.gradient;
        const Term m = step.assign(0, step.slot(0) + (1 - beta_1_) * (g - step.slot(0)));
        const Term u = step.assign(1, max(beta_2_ * step.slot(1), abs(g)));
        const Term rate = step.scalar("corrected_rate", [beta_1 = beta_1_](const StepNumbers& now) {
            return now.learning_rate / (1 - std::pow(beta_1, now.t()));
        });
        return step.weight - rate * m / (u + epsilon_);
    }

    double beta_1_;
    double beta_2_;
    double epsilon_;
};

class Nadam final : public OptimizerBase {
public:
    explicit Nadam(const optimizers::NadamOptions& options = {})
        : OptimizerBase(options), beta_1_(options.beta_1), beta_2_(options.beta_2), epsilon_(options.epsilon) {}
    std::string_view class_name() const override { return "Nadam"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("beta_1", beta_1_);
        visitor.field("beta_2", beta_2_);
        visitor.field("epsilon", epsilon_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        add_slots(weights, {{"momentum"}, {"velocity"}});
        u_product_ = add_variable("variable", Tensor::full(Shape(), 1));
    }
    void update_shared(graph::Graph& graph, StepScalars& scalars) const override {
        const graph::Value factor =
            scalars.get(graph, "u_factor", [this](const StepNumbers& now) { return schedule(now.t()); });
        graph.assign(u_product_, ops::multiply(graph, graph.variable(u_product_), factor));
    }
    graph::Value update(const Update& step) const override {
        const Term g = step.gradient;
        const Term m = step.assign(0, step.slot(0) + (1 - beta_1_) * (g - step.slot(0)));
        const Term v = step.assign(1, step.slot(1) + (1 - beta_2_) * (square(g) - step.slot(1)));
        // The momentum's and the gradient's parts of the step, with their corrections and the learning rate.
        const Term momentum_part = step.scalar("momentum_part", [this](const StepNumbers& now) {
            const double next = schedule(now.t() + 1);
            return now.learning_rate * next / (1 - product_after(now) * next);
        });
        const Term gradient_part = step.scalar("gradient_part", [this](const StepNumbers& now) {
            return now.learning_rate * (1 - schedule(now.t())) / (1 - product_after(now));
        });
        const Term correction = step.scalar(
            "correction", [beta_2 = beta_2_](const StepNumbers& now) { return 1 / (1 - std::pow(beta_2, now.t())); });
        return step.weight - (momentum_part * m + gradient_part * g) / (sqrt(v * correction) + epsilon_);
    }
    double schedule(double t) const { return beta_1_ * (1 - 0.5 * std::pow(0.96, t)); }
    /// Of the schedule's values up to this step; the variable has those before it.
    double product_after(const StepNumbers& now) const {
        return static_cast<double>(u_product_->value.data<float>()[0]) * schedule(now.t());
    }

    VariablePtr u_product_;

    double beta_1_;
    double beta_2_;
    double epsilon_;
};

const RegisterOptimizer<Adamax> register_adamax("Adamax");
const RegisterOptimizer<Nadam> register_nadam("Nadam");

}  // namespace

Optimizer optimizers::Adamax(const AdamaxOptions& options) { return make_optimizer<markhor::Adamax>(options); }
Optimizer optimizers::Nadam(const NadamOptions& options) { return make_optimizer<markhor::Nadam>(options); }

}  // namespace markhor
