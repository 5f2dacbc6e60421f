// Adafactor (Shazeer & Stern, 2018): the second moment of a matrix kept as the means of its rows and columns.
#include <algorithm>
#include <cmath>

#include "ops/shape_ops.hpp"
#include "training/optimizer.hpp"

namespace markhor {
namespace {

class Adafactor final : public OptimizerBase {
public:
    explicit Adafactor(const optimizers::AdafactorOptions& options = {})
        : OptimizerBase(options),
          beta_2_decay_(options.beta_2_decay),
          epsilon_1_(options.epsilon_1),
          epsilon_2_(options.epsilon_2),
          clip_threshold_(options.clip_threshold),
          relative_step_(options.relative_step) {}
    std::string_view class_name() const override { return "Adafactor"; }

private:
    void describe_own(FieldVisitor& visitor) override {
        visitor.field("beta_2_decay", beta_2_decay_);
        visitor.field("epsilon_1", epsilon_1_);
        visitor.field("epsilon_2", epsilon_2_);
        visitor.field("clip_threshold", clip_threshold_);
        visitor.field("relative_step", relative_step_);
    }
    void build_own(const std::vector<VariablePtr>& weights) override {
        for (const VariablePtr& weight : weights) {
            const std::vector<std::int64_t>& dims = weight->value.shape().dims();
            Shape rows;
            Shape columns;
            if (dims.size() >= 2) {
                rows = Shape(std::vector<std::int64_t>(dims.begin(), dims.end() - 1));
                columns = Shape(std::vector<std::int64_t>(dims.begin(), dims.end() - 2));
                columns.push_back(dims.back());
            }
            // Without two axes these are Keras's placeholders, unused.
            add_slot(*weight, weight->name, Tensor::zeros(rows));
            add_slot(*weight, weight->name, Tensor::zeros(columns));
            add_slots({weight}, {{"velocity"}});
        }
    }
    graph::Value update(const Update& step) const override {
        const bool relative = relative_step_;
        const Term rho = step.scalar("rho", [relative](const StepNumbers& now) {
            const double bound = 1 / std::sqrt(now.t());
            return std::min(relative ? std::min(now.learning_rate, bound) : now.learning_rate, bound);
        });
        const auto beta_2 = [decay = beta_2_decay_](const StepNumbers& now) { return 1 - std::pow(now.t(), decay); };
        const Term old_share = step.scalar("old_share", beta_2);
        const Term new_share = step.scalar("new_share", [beta_2](const StepNumbers& now) { return 1 - beta_2(now); });
        const Term alpha = max(rms(step.weight), epsilon_2_) * rho;
        const Term squares = square(step.gradient) + epsilon_1_;
        const int last = static_cast<int>(step.weight.shape().rank()) - 1;
        const auto blended = [&](std::size_t slot, Term value) {
            return step.assign(slot, old_share * step.slot(slot) + new_share * value);
        };
        const auto reshaped = [&](Term value, std::size_t axis) {
            Shape shape = step.weight.shape();
            shape[axis] = 1;
            return Term(step.graph, ops::reshape(step.graph, value, shape));
        };
        const auto v = [&] {
            if (last < 1) return blended(2, squares);
            const Term rows = blended(0, mean(squares, last, false));
            const Term columns = blended(1, mean(squares, last - 1, false));
            const Term share = rows / mean(rows, last - 1, true);
            const auto axis = static_cast<std::size_t>(last);
            return step.assign(2, reshaped(share, axis) * reshaped(columns, axis - 1));
        }();
        const Term change = step.gradient / sqrt(v);
        return step.weight - alpha * change / max((1 / clip_threshold_) * rms(change), 1);
    }
    static Term rms(Term x) { return sqrt(mean(square(x))); }

    double beta_2_decay_;
    double epsilon_1_;
    double epsilon_2_;
    double clip_threshold_;
    bool relative_step_;
};

const RegisterOptimizer<Adafactor> register_adafactor("Adafactor");

}  // namespace

Optimizer optimizers::Adafactor(const AdafactorOptions& options) { return make_optimizer<markhor::Adafactor>(options); }

}  // namespace markhor
