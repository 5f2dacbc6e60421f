#include "model/trainer_steps.hpp"

#include <algorithm>
#include <markhor/error.hpp>

#include "data/order.hpp"
#include "layers/layer_base.hpp"
#include "model/model_base.hpp"
#include "training/loss.hpp"

namespace markhor {

Trainer::EvaluationStep::EvaluationStep(Trainer& trainer, const char* what, Wiring wiring, OutputSampleWeights weights)
    : trainer_(&trainer), what_(what), wiring_(std::move(wiring)), weights_(std::move(weights)) {}

Trainer::PlanKey Trainer::EvaluationStep::key_of(const Batch& batch, Use use, StepKind step) const {
    PlanKey key{.use = use, .batch = batch.x.shape()[0], .step = step};
    for (std::size_t i = 0; i < wiring_.outputs.size(); ++i) {
        TargetKey& target = key.targets.emplace_back();
        if (!wiring_.outputs[i].loss) continue;
        const Tensor& values = batch.target(*wiring_.targets[i]);
        target = {true, values.dtype(), values.shape().dims(), {}};
        if (weights_[i].is_set()) target.weights = weights_[i].shape(key.batch).dims();
    }
    return key;
}

std::unique_ptr<Trainer::EvaluationStep::Ready> Trainer::EvaluationStep::make_ready(const PlanKey& key, Plan& plan) {
    auto made = std::make_unique<Ready>();
    made->batch = key.batch;
    made->step = key.step;
    made->execution = plan.acquire();
    for (std::size_t i = 0; i < wiring_.outputs.size(); ++i) {
        Tensor& weights = made->weights.emplace_back();
        if (!weights_[i].is_set() || !wiring_.outputs[i].needs_target()) continue;
        weights = Tensor::zeros(weights_[i].shape(key.batch));
        if (key.targets[i].given) made->execution->feed("sample_weight_" + std::to_string(i), weights);
    }
    prepare(*made, plan);
    return made;
}

Trainer::EvaluationStep::Ready& Trainer::EvaluationStep::ready(const Batch& batch, Use use, StepKind step) {
    const std::int64_t size = batch.x.shape()[0];
    for (const std::unique_ptr<Ready>& one : ready_) {
        if (one->batch == size && one->step == step) return *one;
    }
    const PlanKey key = key_of(batch, use, step);
    return *ready_.emplace_back(make_ready(key, *trainer_->plan(key, what_)));
}

void Trainer::EvaluationStep::feed(Ready& now, const Batch& batch) {
    for (std::size_t i = 0; i < wiring_.inputs.size(); ++i) {
        const DType dtype = trainer_->model_->inputs()[i].dtype();
        now.execution->feed("input_" + std::to_string(i), batch.input(wiring_.inputs[i]).cast(dtype));
    }
    for (std::size_t i = 0; i < wiring_.outputs.size(); ++i) {
        if (!wiring_.targets[i]) continue;
        const Tensor& target = batch.target(*wiring_.targets[i]);
        if (const std::optional<Loss>& loss = wiring_.outputs[i].loss) {
            loss->base()->check_targets(target, trainer_->output_shape(i, now.batch), batch.items);
            now.execution->feed("target_" + std::to_string(i), target);
        }
        if (now.weights[i].defined()) weights_[i].fill(batch.items, target, now.weights[i]);
    }
}

void Trainer::EvaluationStep::execute(Ready& now, const Batch& batch) {
    feed(now, batch);
    last_ = &now;
    now.execution->run();
}

void Trainer::EvaluationStep::run(const Batch& batch) { execute(ready(batch, Use::evaluation, {}), batch); }

double Trainer::EvaluationStep::loss() const {
    return static_cast<double>(last_->execution->output(0).data<float>()[0]);
}

void Trainer::EvaluationStep::update(Meters& meters, const Batch& batch) const {
    const std::size_t count = wiring_.outputs.size();
    std::vector<OutputFigures> figures(count);
    std::size_t next_loss = 1 + count;
    for (std::size_t i = 0; i < count; ++i) {
        OutputFigures& output = figures[i];
        output.predictions = &last_->execution->output(1 + i);
        if (wiring_.targets[i]) output.targets = &batch.target(*wiring_.targets[i]);
        if (last_->weights[i].defined()) output.sample_weight = &last_->weights[i];
        if (count > 1 && wiring_.outputs[i].loss) {
            output.loss = static_cast<double>(last_->execution->output(next_loss++).data<float>()[0]);
        }
    }
    meters.update(loss(), last_->batch, figures);
}

Trainer::GradientStep::GradientStep(Trainer& trainer, const char* what, Wiring wiring, OutputSampleWeights weights)
    : EvaluationStep(trainer, what, std::move(wiring), std::move(weights)), seed_(Tensor::zeros({2}, DType::int64)) {
    set_seed(session_seed());
}

void Trainer::GradientStep::prepare(Ready& now, const Plan& /*plan*/) { now.execution->feed("seed", seed_); }

void Trainer::GradientStep::run(const Batch& batch) {
    Ready& now = ready(batch, Use::gradients, {});
    set_step(trainer_->gradient_steps_++);
    execute(now, batch);
}

LossAndGradients Trainer::GradientStep::result() const {
    LossAndGradients result{loss(), {}, {}};
    const graph::Execution& execution = last();
    const std::size_t outputs = wiring().outputs.size();
    for (std::size_t i = 0; i < outputs; ++i) result.outputs.push_back(execution.output(1 + i).clone());
    std::size_t first = 1 + outputs;
    for (const CompiledOutput& output : wiring().outputs) first += outputs > 1 && output.loss ? 1 : 0;
    const std::size_t count = trainer_->model_->trainable_weights().size();
    for (std::size_t i = 0; i < count; ++i) result.gradients.push_back(execution.output(first + i).clone());
    return result;
}

Trainer::TrainingStep::TrainingStep(Trainer& trainer, const char* what, Wiring wiring, OutputSampleWeights weights)
    : GradientStep(trainer, what, std::move(wiring), std::move(weights)),
      optimizer_(trainer.options_->optimizer.base().get()) {
    optimizer_->build(trainer.model_->trainable_weights());
}

void Trainer::TrainingStep::prepare(Ready& now, const Plan& plan) {
    GradientStep::prepare(now, plan);
    now.scalars.emplace(plan.scalars(), *now.execution);
}

void Trainer::TrainingStep::run(const Batch& batch) {
    Ready& now = ready(batch, Use::training, optimizer_->next_kind());
    now.scalars->compute(optimizer_->next_numbers());
    set_step(optimizer_->iterations());
    execute(now, batch);
    optimizer_->finish_step();
}

/// A batch from tensors, with all that a step needs to run on it.
struct Trainer::OneBatch {
    Dataset data;
    std::vector<std::int64_t> items;
    Batch batch;
    Wiring wiring;
    OutputSampleWeights weights;
};

Trainer::OneBatch Trainer::one_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options,
                                     const char* what) {
    check_compiled(what);
    // A data set checks and converts what fit() also takes.
    OneBatch one{Dataset(x, y), {}, {}, {}, {}};
    check_examples(one.data, what);
    one.wiring = prepare(one.data, what);
    one.weights = sample_weights(options.sample_weight, options.class_weight, one.data.size(), what);
    one.items = data::plain_order(one.data.size());
    one.data.read(one.items, one.batch);
    return one;
}

template <class Step>
Logs Trainer::run_one_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options, const char* what) {
    const OneBatch one = one_batch(x, y, options, what);
    Meters meters(metered(one.wiring, one.data, one.data.size()));
    Step step(*this, what, one.wiring, one.weights);
    step.run(one.batch);
    step.update(meters, one.batch);
    return meters.logs();
}

Logs Trainer::train_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options) {
    return run_one_batch<TrainingStep>(x, y, options, "train_on_batch");
}

Logs Trainer::test_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options) {
    return run_one_batch<EvaluationStep>(x, y, options, "test_on_batch");
}

LossAndGradients Trainer::value_and_gradients(const Tensors& x, const Tensors& y, const Tensors& sample_weight) {
    const char* const what = "value_and_gradients";
    const OneBatch one = one_batch(x, y, {.sample_weight = sample_weight}, what);
    GradientStep step(*this, what, one.wiring, one.weights);
    step.run(one.batch);
    return step.result();
}

}  // namespace markhor
