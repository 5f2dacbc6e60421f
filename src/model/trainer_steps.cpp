#include "model/trainer_steps.hpp"

#include <markhor/error.hpp>

#include "data/order.hpp"
#include "layers/layer_base.hpp"
#include "model/model_base.hpp"
#include "training/loss.hpp"
#include "training/meters.hpp"

namespace markhor {

void Trainer::EvaluationStep::run(const Tensor& x, const Tensor& y, std::span<const std::int64_t> items) {
    const std::int64_t batch = y.shape()[0];
    auto found = std::ranges::find(ready_, batch, &Ready::batch);
    if (found == ready_.end()) {
        const PlanKey key{Use::evaluation, batch, {}, y.dtype(), y.shape().dims()};
        ready_.push_back({batch, trainer_->plan(key, what_)->acquire()});
        found = ready_.end() - 1;
    }
    execution_ = found->execution.get();
    trainer_->options_->loss->base()->check_targets(y, predictions().shape(), items);
    execution_->feed("input_0", x);
    execution_->feed("target", y);
    execution_->run();
}

Trainer::TrainingStep::TrainingStep(Trainer& trainer, const char* what)
    : trainer_(&trainer),
      what_(what),
      optimizer_(trainer.options_->optimizer.base().get()),
      seed_(Tensor::zeros({2}, DType::int64)) {
    optimizer_->build(trainer.model_->trainable_weights());
    seed_.data<std::int64_t>()[0] = static_cast<std::int64_t>(session_seed());
}

Trainer::TrainingStep::Ready& Trainer::TrainingStep::ready(const Tensor& y) {
    const std::int64_t batch = y.shape()[0];
    const StepKind step = optimizer_->next_kind();
    for (Ready& one : ready_) {
        if (one.batch == batch && one.step == step) return one;
    }
    const std::shared_ptr<Plan> plan = trainer_->plan({Use::training, batch, step, y.dtype(), y.shape().dims()}, what_);
    const std::shared_ptr<graph::Execution> execution = plan->acquire();
    execution->feed("seed", seed_);
    return ready_.emplace_back(Ready{batch, step, execution, StepScalars::Feed(plan->scalars(), *execution)});
}

void Trainer::TrainingStep::run(const Tensor& x, const Tensor& y, std::span<const std::int64_t> items) {
    Ready& now = ready(y);
    execution_ = now.execution.get();
    trainer_->options_->loss->base()->check_targets(y, predictions().shape(), items);
    execution_->feed("input_0", x);
    execution_->feed("target", y);
    now.scalars.compute(optimizer_->next_numbers());
    seed_.data<std::int64_t>()[1] = optimizer_->iterations();
    execution_->run();
    optimizer_->finish_step();
}

Logs Trainer::train_on_batch(const Tensor& x, const Tensor& y) {
    const char* const what = "train_on_batch";
    check_compiled(what);
    // A data set checks and converts what fit() also takes.
    const Dataset data(x, y);
    check_examples(data, what);
    prepare(data.x_shape(), what);
    const std::vector<std::int64_t> items = data::plain_order(data.size());
    Tensor inputs(data.x_shape().with_batch(data.size()), DType::float32);
    Tensor targets(data.y_shape().with_batch(data.size()), data.y_dtype());
    data.read(items, inputs, targets);
    Meters meters(options_->metrics, targets.shape(), output_shape(data.size()));
    TrainingStep step(*this, what);
    step.run(inputs, targets, items);
    meters.update(step.loss(), data.size(), targets, step.predictions());
    return meters.logs();
}

}  // namespace markhor
