// One batch through the planned graph: a training step, or an evaluation. Executions are kept from batch to batch, so
// that nothing is planned or allocated after the first of each size.
#pragma once

#include <span>
#include <vector>

#include "model/trainer.hpp"
#include "training/meters.hpp"
#include <markhor/batches.hpp>

namespace markhor {

/// What all kinds share: feeding a batch, and what comes of it.
class Trainer::EvaluationStep {
public:
    EvaluationStep(Trainer& trainer, const char* what, Wiring wiring, OutputSampleWeights weights);
    virtual ~EvaluationStep() = default;

    virtual void run(const Batch& batch);
    /// Adds the last batch's figures: its loss (with what layers add to it), and metrics of what the model predicted
    /// before the step.
    void update(Meters& meters, const Batch& batch) const;
    double loss() const;

protected:
    struct Ready {
        std::int64_t batch = 0;
        StepKind step;
        std::shared_ptr<graph::Execution> execution;
        std::vector<Tensor> weights;  // for each output; defined where examples have weights
        std::optional<StepScalars::Feed> scalars;
    };
    Ready& ready(const Batch& batch, Use use, StepKind step);
    PlanKey key_of(const Batch& batch, Use use, StepKind step) const;
    /// A new execution of the plan, ready to be fed.
    std::unique_ptr<Ready> make_ready(const PlanKey& key, Plan& plan);
    /// Checks the batch's targets and feeds it.
    void feed(Ready& now, const Batch& batch);
    /// Feeds and runs it; its outputs are the last batch's then.
    void execute(Ready& now, const Batch& batch);
    /// A new execution's own inputs.
    virtual void prepare(Ready& /*now*/, const Plan& /*plan*/) {}
    const graph::Execution& last() const { return *last_->execution; }
    const Wiring& wiring() const noexcept { return wiring_; }

    Trainer* trainer_;
    const char* what_;

private:
    Wiring wiring_;
    OutputSampleWeights weights_;
    std::vector<std::unique_ptr<Ready>> ready_;
    const Ready* last_ = nullptr;
};

/// A run in training mode that changes no weight.
class Trainer::GradientStep : public EvaluationStep {
public:
    GradientStep(Trainer& trainer, const char* what, Wiring wiring, OutputSampleWeights weights);
    /// Of dropout (default: the session's).
    void set_seed(std::uint64_t seed) { seed_.data<std::int64_t>()[0] = static_cast<std::int64_t>(seed); }
    void run(const Batch& batch) override;
    /// Of the last batch.
    LossAndGradients result() const;

protected:
    void prepare(Ready& now, const Plan& plan) override;
    void set_step(std::int64_t step) { seed_.data<std::int64_t>()[1] = step; }

private:
    Tensor seed_;
};

class Trainer::TrainingStep final : public GradientStep {
public:
    /// Builds the optimizer for the weights that are trained.
    TrainingStep(Trainer& trainer, const char* what, Wiring wiring, OutputSampleWeights weights);
    void run(const Batch& batch) override;
    /// The first op of the last step, run again on its batch, whose result is not finite, in words.
    std::string trace(const Batch& batch);

private:
    void prepare(Ready& now, const Plan& plan) override;

    OptimizerBase* optimizer_;
};

}  // namespace markhor
