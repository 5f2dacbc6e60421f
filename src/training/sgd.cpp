// Stochastic gradient descent, with momentum (Polyak's or Nesterov's).
#include <fmt/format.h>

#include <markhor/error.hpp>

#include "ops/update.hpp"
#include "training/optimizer.hpp"

namespace markhor {
namespace {

class SGD final : public OptimizerBase {
public:
    explicit SGD(const optimizers::SGDOptions& options = {})
        : OptimizerBase(options), momentum_(options.momentum), nesterov_(options.nesterov) {}
    std::string_view class_name() const override { return "SGD"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("momentum", momentum_);
        visitor.field("nesterov", nesterov_);
    }
    void check_own() const override {
        if (momentum_ >= 0 && momentum_ <= 1) return;
        throw ValueError("SGD: momentum is " + fmt::format("{}", momentum_) + "; a number from 0 to 1 is wanted");
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        if (momentum_ != 0) add_slots(weights, {{"momentum"}});
    }
    graph::Value update(const Update& step) const override {
        const auto op = std::make_shared<ops::SgdStep>(momentum_, nesterov_);
        if (momentum_ == 0) return step.graph.add1(op, {step.weight, step.gradient, step.learning_rate()});
        const auto results = step.graph.add(op, {step.weight, step.slot(0), step.gradient, step.learning_rate()});
        step.assign(0, results[1]);
        return results[0];
    }

    double momentum_;
    bool nesterov_;
};

const RegisterOptimizer<SGD> registered_sgd("SGD");

}  // namespace

Optimizer optimizers::SGD(const SGDOptions& options) { return make_optimizer<markhor::SGD>(options); }

}  // namespace markhor
