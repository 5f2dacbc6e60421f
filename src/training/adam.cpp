// Adam (Kingma & Ba, 2015), with AMSGrad (Reddi et al., 2018) on request.
#include <cmath>
#include <markhor/error.hpp>

#include "ops/elementwise.hpp"
#include "ops/update.hpp"
#include "training/optimizer.hpp"

namespace markhor {
namespace {

using graph::Value;
using ops::UnaryKind;

class Adam final : public OptimizerBase {
public:
    explicit Adam(const optimizers::AdamOptions& options = {})
        : OptimizerBase(options),
          beta_1_(options.beta_1),
          beta_2_(options.beta_2),
          epsilon_(options.epsilon),
          amsgrad_(options.amsgrad) {}
    std::string_view class_name() const override { return "Adam"; }

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
    Value update(const Update& step) const override {
        const Value alpha = step.scalar("alpha", [beta_1 = beta_1_, beta_2 = beta_2_](const StepNumbers& now) {
            return now.learning_rate * std::sqrt(1 - std::pow(beta_2, now.t())) / (1 - std::pow(beta_1, now.t()));
        });
        const auto op = std::make_shared<ops::AdamStep>(beta_1_, beta_2_, epsilon_);
        const auto results = step.graph.add(op, {step.value, step.slot(0), step.slot(1), step.gradient, alpha});
        step.assign_slot(0, results[1]);
        step.assign_slot(1, results[2]);
        if (!amsgrad_) return results[0];

        graph::Graph& graph = step.graph;
        const Value largest = ops::binary(graph, ops::BinaryKind::maximum, step.slot(2), results[2]);
        step.assign_slot(2, largest);
        const Value root = ops::unary(graph, UnaryKind::sqrt, largest);
        const Value below = ops::unary(graph, UnaryKind::scale, root, 1, epsilon_);
        return ops::subtract(graph, step.value, ops::divide(graph, ops::multiply(graph, results[1], alpha), below));
    }

    double beta_1_, beta_2_, epsilon_;
    bool amsgrad_;
};

const RegisterOptimizer<Adam> registered("Adam");

}  // namespace

Optimizer optimizers::Adam(const AdamOptions& options) { return make_optimizer<markhor::Adam>(options); }

}  // namespace markhor
