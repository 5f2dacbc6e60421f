// One batch through the planned graph: a training step, or an evaluation. Executions are kept from batch to batch, so
// that nothing is planned or allocated after the first of each size.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "model/trainer.hpp"

namespace markhor {

class Trainer::EvaluationStep {
public:
    EvaluationStep(Trainer& trainer, const char* what) : trainer_(&trainer), what_(what) {}

    /// Runs a batch. `items` are its examples' numbers in their data set, for errors.
    void run(const Tensor& x, const Tensor& y, std::span<const std::int64_t> items);
    /// Of the last batch: its mean loss (with what layers add to it), and what the model predicted before the step.
    double loss() const { return static_cast<double>(execution_->output(0).data<float>()[0]); }
    const Tensor& predictions() const { return execution_->output(1); }

private:
    struct Ready {
        std::int64_t batch = 0;
        std::shared_ptr<graph::Execution> execution;
    };
    Trainer* trainer_;
    const char* what_;
    std::vector<Ready> ready_;
    graph::Execution* execution_ = nullptr;
};

class Trainer::TrainingStep {
public:
    /// Builds the optimizer for the weights that are trained.
    TrainingStep(Trainer& trainer, const char* what);

    void run(const Tensor& x, const Tensor& y, std::span<const std::int64_t> items);
    double loss() const { return static_cast<double>(execution_->output(0).data<float>()[0]); }
    const Tensor& predictions() const { return execution_->output(1); }

private:
    struct Ready {
        std::int64_t batch = 0;
        StepKind step;
        std::shared_ptr<graph::Execution> execution;
        StepScalars::Feed scalars;
    };
    Ready& ready(const Tensor& y);

    Trainer* trainer_;
    const char* what_;
    OptimizerBase* optimizer_;
    Tensor seed_;
    std::vector<Ready> ready_;
    graph::Execution* execution_ = nullptr;
};

}  // namespace markhor
