// The inside of compile, fit, evaluate and predict: what a model was compiled with, and its planned graphs, one for
// each batch size and use.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <markhor/gradients.hpp>
#include <markhor/model.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "graph/executable.hpp"
#include "model/backup.hpp"
#include "model/compiled.hpp"
#include "model/sample_weights.hpp"
#include "training/meters.hpp"
#include "training/optimizer.hpp"

namespace markhor {

class ModelBase;
class Steps;  // src/model/steps.hpp
struct ImageInput;

/// An executable and the executions made of it, each lent to one run at a time.
class Plan : public std::enable_shared_from_this<Plan> {
public:
    explicit Plan(std::shared_ptr<const graph::Executable> executable, StepScalars scalars = {},
                  std::int64_t examples_at_once = 0)
        : executable_(std::move(executable)), scalars_(std::move(scalars)), examples_at_once_(examples_at_once) {}

    /// An execution that nobody else uses; it comes back when the pointer dies. Safe to call from several threads.
    std::shared_ptr<graph::Execution> acquire();
    const graph::Executable& executable() const noexcept { return *executable_; }
    /// What a training graph wants to be fed by its optimizer.
    const StepScalars& scalars() const noexcept { return scalars_; }
    /// Of a prediction's batch (see graph::examples_at_once()): where it is fewer, they have a plan of their own.
    std::int64_t examples_at_once() const noexcept { return examples_at_once_; }

private:
    const std::shared_ptr<const graph::Executable> executable_;
    const StepScalars scalars_;
    const std::int64_t examples_at_once_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<graph::Execution>> idle_;
};

/// One SampleWeights an output.
using OutputSampleWeights = std::vector<SampleWeights>;

/// How data meet the model: which part of an example each input and each target is, and what each output is compiled
/// with.
struct Wiring {
    std::vector<std::size_t> inputs;
    std::vector<std::optional<std::size_t>> targets;
    std::vector<CompiledOutput> outputs;
};

class Trainer {
public:
    explicit Trainer(ModelBase& model);
    ~Trainer();

    void compile(const CompileOptions& options);
    bool compiled() const noexcept { return options_.has_value(); }
    /// What compile() was given. Throws ValueError before.
    const CompileOptions& options() const;

    /// What the model was trained for (markhor/image_input.hpp); null where that is not known.
    const std::shared_ptr<const ImageInput>& image_input() const noexcept { return image_input_; }
    void set_image_input(std::shared_ptr<const ImageInput> input) noexcept { image_input_ = std::move(input); }

    /// Elements and bytes of the optimizer's variables, as summary() counts them: none before the first training step.
    std::int64_t optimizer_params() const;
    std::size_t optimizer_bytes() const;

    History fit(Model& model, const Dataset& data, const FitOptions& options);
    Logs train_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options);
    Logs test_on_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options);
    LossAndGradients value_and_gradients(const Tensors& x, const Tensors& y, const Tensors& sample_weight);
    Logs evaluate(const Dataset& data, const EvaluateOptions& options);
    /// Of each output.
    std::vector<Tensor> predict(const Tensors& x, const PredictOptions& options);
    std::vector<Tensor> predict(const Dataset& data, const PredictOptions& options);

    /// A training step's graph, as it is before it is optimised; nothing is run. Targets are what each loss takes: as
    /// many numbers as the model predicts, or class numbers. Builds the optimizer for the weights that are trained.
    /// Throws ValueError where the model is not compiled or has no shapes yet, ShapeError where a loss can take
    /// neither.
    graph::Graph training_graph(std::int64_t batch) const;
    /// Such a graph as it is planned and run.
    graph::Graph planned_step(const graph::Graph& training_graph) const;

    /// fit() ends after the current batch. May be called from another thread or a signal handler.
    void set_stop_training(bool stop) noexcept { stop_ = stop; }
    bool stop_training() const noexcept { return stop_; }

    /// For callbacks of fit(), after a batch: where the first number that is none came from, in words, given the
    /// weights' values from before the step. Weights are then as they were.
    std::string trace_not_finite(const std::vector<Tensor>& weights_before);

    /// Where graphs planned from now on run (default: engine::cpu()); for tests.
    void set_engine(const graph::Engine& engine);

private:
    enum class Use { training, evaluation, gradients, prediction };
    struct TargetKey {
        bool given = false;
        DType dtype = DType::float32;
        std::vector<std::int64_t> shape = {};                // with the batch
        std::vector<std::int64_t> weights = {};              // the sample weights' shape with the batch; empty: none
        auto operator<=>(const TargetKey&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 errs
    };
    struct PlanKey {
        Use use = Use::prediction;
        std::int64_t batch = 0;
        StepKind step = {};
        std::vector<TargetKey> targets = {};
        auto operator<=>(const PlanKey&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 errs
    };
    struct CachedPlan {
        std::shared_ptr<Plan> plan;
        std::uint64_t last_use = 0;
    };
    class EvaluationStep;
    class GradientStep;
    class TrainingStep;
    struct OneBatch;
    OneBatch one_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options, const char* what);
    template <class Step>
    Logs run_one_batch(const Tensors& x, const Tensors& y, const OnBatchOptions& options, const char* what);

    std::string where(const char* what) const;
    /// The model as callbacks see it.
    Model handle() const;
    void check_compiled(const char* what) const;
    void check_examples(const Dataset& data, const char* what) const;
    void check_fit(const FitOptions& options) const;
    /// Makes the model ready for so many examples of these inputs and drops plans that no longer fit it; which input
    /// each is. Throws ShapeError for examples that do not fit, ValueError for another number of inputs or unknown
    /// names.
    std::vector<std::size_t> prepare_inputs(const std::vector<ExamplePart>& inputs, std::int64_t examples,
                                            const char* what);
    /// The same for examples with targets. Throws ValueError too where an output that needs a target has none.
    Wiring prepare(const Dataset& data, const char* what);
    std::vector<std::string> output_names() const;
    std::vector<CompiledOutput> compiled_outputs(const char* what) const;
    Shape output_shape(std::size_t output, std::int64_t batch) const;
    std::vector<MeteredOutput> metered(const Wiring& wiring, const Dataset& data, std::int64_t batch) const;
    OutputSampleWeights sample_weights(const Tensors& samples, const std::map<std::int64_t, double>& classes,
                                       std::int64_t examples, const char* what) const;
    Logs evaluate(const Dataset& data, const Wiring& wiring, const OutputSampleWeights& weights, const Steps& steps,
                  const std::vector<CallbackPtr>& callbacks, class ProgressBar* bar);
    template <class NextBatch>
    std::vector<Tensor> predict_batches(const Steps& steps, const PredictOptions& options, const NextBatch& next);
    void forget_outdated_plans();
    std::shared_ptr<Plan> plan(const PlanKey& key, const char* what);
    graph::Graph build(const PlanKey& key, StepScalars& scalars) const;
    graph::Graph planned(const graph::Graph& graph, Use use) const;
    std::shared_ptr<Plan> make_plan(const PlanKey& key) const;

    ModelBase* model_;
    const graph::Engine* engine_;
    std::optional<CompileOptions> options_;
    std::shared_ptr<const ImageInput> image_input_;
    /// What fit() is at while it calls back after a batch.
    struct Running {
        const Batch* batch = nullptr;
        const Dataset* data = nullptr;
        const Wiring* wiring = nullptr;
        TrainingStep* step = nullptr;
    };

    std::atomic<bool> stop_ = false;
    Running running_;
    std::int64_t gradient_steps_ = 0;  // calls of value_and_gradients(): each has dropout of its own

    std::mutex plans_mutex_;
    std::map<PlanKey, CachedPlan> plans_;
    std::uint64_t uses_ = 0;
    std::vector<SymbolicTensor> planned_outputs_;  // the model that plans_ are of
    std::vector<bool> planned_trainable_;
};

}  // namespace markhor
