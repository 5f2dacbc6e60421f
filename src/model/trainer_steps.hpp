// One batch through the planned graph: a training step, or an evaluation. Executions are kept from batch to batch, so
// that nothing is planned or allocated after the first of each size.
#pragma once

#include <span>
#include <vector>

#include "model/trainer.hpp"
#include "training/meters.hpp"
#include <markhor/batches.hpp>

namespace markhor {

/// What both kinds share: feeding a batch, and what comes of it.
class Trainer::EvaluationStep {
public:
    EvaluationStep(Trainer& trainer, const char* what, SampleWeights weights)
        : trainer_(&trainer), what_(what), weights_(std::move(weights)) {}
    virtual ~EvaluationStep() = default;

    virtual void run(const Batch& batch);
    /// Adds the last batch's figures: its loss (with what layers add to it), and metrics of what the model predicted
    /// before the step.
    void update(Meters& meters, const Batch& batch) const;

protected:
    struct Ready {
        std::int64_t batch = 0;
        StepKind step;
        std::shared_ptr<graph::Execution> execution;
        Tensor weights;  // defined where examples have weights
        std::optional<StepScalars::Feed> scalars;
    };
    Ready& ready(const Batch& batch, Use use, StepKind step);
    /// Checks the batch's targets and feeds it.
    void feed(Ready& now, const Batch& batch);
    /// A new execution's own inputs.
    virtual void prepare(Ready& /*now*/, const Plan& /*plan*/) {}

    Trainer* trainer_;
    const char* what_;

private:
    SampleWeights weights_;
    std::vector<std::unique_ptr<Ready>> ready_;
    const Ready* last_ = nullptr;
};

class Trainer::TrainingStep final : public EvaluationStep {
public:
    /// Builds the optimizer for the weights that are trained.
    TrainingStep(Trainer& trainer, const char* what, SampleWeights weights);
    /// Of dropout (default: the session's).
    void set_seed(std::uint64_t seed) { seed_.data<std::int64_t>()[0] = static_cast<std::int64_t>(seed); }
    void run(const Batch& batch) override;

private:
    void prepare(Ready& now, const Plan& plan) override;

    OptimizerBase* optimizer_;
    Tensor seed_;
};

}  // namespace markhor
