#include "model/trainer_steps.hpp"

#include <algorithm>
#include <markhor/error.hpp>

#include "data/order.hpp"
#include "layers/layer_base.hpp"
#include "model/model_base.hpp"
#include "training/loss.hpp"

namespace markhor {

Trainer::EvaluationStep::Ready& Trainer::EvaluationStep::ready(const Batch& batch, Use use, StepKind step) {
    const std::int64_t size = batch.y.shape()[0];
    for (const std::unique_ptr<Ready>& one : ready_) {
        if (one->batch == size && one->step == step) return *one;
    }
    const bool weighted = weights_.is_set();
    const std::shared_ptr<Plan> plan =
        trainer_->plan({use, size, step, weighted, batch.y.dtype(), batch.y.shape().dims()}, what_);
    auto made = std::make_unique<Ready>();
    made->batch = size;
    made->step = step;
    made->execution = plan->acquire();
    if (weighted) {
        made->weights = Tensor::zeros({size});
        made->execution->feed("sample_weight", made->weights);
    }
    prepare(*made, *plan);
    return *ready_.emplace_back(std::move(made));
}

void Trainer::EvaluationStep::feed(Ready& now, const Batch& batch) {
    const Tensor& predictions = now.execution->output(1);
    trainer_->options_->loss->base()->check_targets(batch.y, predictions.shape(), batch.items);
    now.execution->feed("input_0", batch.x);
    now.execution->feed("target", batch.y);
    if (now.weights.defined()) weights_.fill(batch.items, batch.y, now.weights);
    last_ = &now;
}

void Trainer::EvaluationStep::run(const Batch& batch) {
    Ready& now = ready(batch, Use::evaluation, {});
    feed(now, batch);
    now.execution->run();
}

void Trainer::EvaluationStep::update(Meters& meters, const Batch& batch) const {
    const auto loss = static_cast<double>(last_->execution->output(0).data<float>()[0]);
    meters.update(loss, last_->batch, batch.y, last_->execution->output(1),
                  last_->weights.defined() ? &last_->weights : nullptr);
}

Trainer::TrainingStep::TrainingStep(Trainer& trainer, const char* what, SampleWeights weights)
    : EvaluationStep(trainer, what, std::move(weights)),
      optimizer_(trainer.options_->optimizer.base().get()),
      seed_(Tensor::zeros({2}, DType::int64)) {
    optimizer_->build(trainer.model_->trainable_weights());
    set_seed(session_seed());
}

void Trainer::TrainingStep::prepare(Ready& now, const Plan& plan) {
    now.execution->feed("seed", seed_);
    now.scalars.emplace(plan.scalars(), *now.execution);
}

void Trainer::TrainingStep::run(const Batch& batch) {
    Ready& now = ready(batch, Use::training, optimizer_->next_kind());
    feed(now, batch);
    now.scalars->compute(optimizer_->next_numbers());
    seed_.data<std::int64_t>()[1] = optimizer_->iterations();
    now.execution->run();
    optimizer_->finish_step();
}

template <class Step>
Logs Trainer::run_one_batch(const Tensor& x, const Tensor& y, const OnBatchOptions& options, const char* what) {
    check_compiled(what);
    // A data set checks and converts what fit() also takes.
    const Dataset data(x, y);
    check_examples(data, what);
    prepare(data.x_shape(), what);
    const std::vector<std::int64_t> items = data::plain_order(data.size());
    Batch batch{0, items, Tensor(data.x_shape().with_batch(data.size()), DType::float32),
                Tensor(data.y_shape().with_batch(data.size()), data.y_dtype())};
    data.read(items, batch.x, batch.y);
    Meters meters(options_->metrics, batch.y.shape(), output_shape(data.size()), options_->weighted_metrics);
    Step step(*this, what, SampleWeights(options.sample_weight, options.class_weight, data.size(), where(what)));
    step.run(batch);
    step.update(meters, batch);
    return meters.logs();
}

Logs Trainer::train_on_batch(const Tensor& x, const Tensor& y, const OnBatchOptions& options) {
    return run_one_batch<TrainingStep>(x, y, options, "train_on_batch");
}

Logs Trainer::test_on_batch(const Tensor& x, const Tensor& y, const OnBatchOptions& options) {
    return run_one_batch<EvaluationStep>(x, y, options, "test_on_batch");
}

}  // namespace markhor
