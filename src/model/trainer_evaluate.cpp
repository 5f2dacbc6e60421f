// evaluate() and predict(): batches through a model that does not change.
#include <algorithm>
#include <cstring>
#include <markhor/error.hpp>

#include "data/batch_reader.hpp"
#include "data/order.hpp"
#include "model/model_base.hpp"
#include "model/progress.hpp"
#include "model/trainer_steps.hpp"
#include "training/meters.hpp"

namespace markhor {
namespace {

std::int64_t check_batch_size(std::int64_t batch_size, const std::string& where) {
    if (batch_size >= 1) return batch_size;
    throw ValueError(where + "batch_size is " + std::to_string(batch_size) + "; at least 1 is wanted");
}

std::int64_t batches_of(std::int64_t count, std::int64_t batch_size) { return (count + batch_size - 1) / batch_size; }

}  // namespace

Logs Trainer::evaluate(const Dataset& data, const SampleWeights& weights, std::int64_t batch_size,
                       const std::vector<CallbackPtr>& callbacks, ProgressBar* bar) {
    Meters meters(options_->metrics, data.y_shape().with_batch(batch_size), output_shape(batch_size),
                  options_->weighted_metrics);
    EvaluationStep step(*this, "evaluate", weights);
    BatchReader reader(data, data::plain_order(data.size()), batch_size);
    Model model = handle();
    for (const CallbackPtr& callback : callbacks) callback->on_test_begin(model);
    while (const Batch* batch = reader.next()) {
        for (const CallbackPtr& callback : callbacks) callback->on_test_batch_begin(model, batch->index);
        step.run(*batch);
        step.update(meters, *batch);
        for (const CallbackPtr& callback : callbacks) callback->on_test_batch_end(model, batch->index, meters.logs());
        if (bar != nullptr)
            bar->update(batch->index + 1, {meters.logs().begin(), meters.logs().end()}, steady_seconds());
    }
    for (const CallbackPtr& callback : callbacks) callback->on_test_end(model, meters.logs());
    return meters.logs();
}

Model Trainer::handle() const { return Model(std::static_pointer_cast<ModelBase>(model_->shared_from_this())); }

Logs Trainer::evaluate(const Dataset& data, const EvaluateOptions& options) {
    const char* const what = "evaluate";
    check_compiled(what);
    check_examples(data, what);
    const std::int64_t batch_size = std::min(check_batch_size(options.batch_size, where(what)), data.size());
    const SampleWeights weights(options.sample_weight, {}, data.size(), where(what));
    prepare(data.x_shape(), what);
    const auto [output, terminal] = progress_output(options.output);
    const std::int64_t batches = batches_of(data.size(), batch_size);
    ProgressBar bar(*output, resolve_verbose(options.verbose, terminal), batches, steady_seconds());
    Logs logs = evaluate(data, weights, batch_size, options.callbacks, &bar);
    bar.update(batches, {logs.begin(), logs.end()}, steady_seconds(), true);
    return logs;
}

// `next` gives the inputs of examples [begin, end).
template <class NextBatch>
Tensor Trainer::predict_batches(std::int64_t count, std::int64_t batch_size, const PredictOptions& options,
                                const NextBatch& next) {
    const auto [output, terminal] = progress_output(options.output);
    const std::int64_t batches = batches_of(count, batch_size);
    ProgressBar bar(*output, resolve_verbose(options.verbose, terminal), batches, steady_seconds());
    Tensor predictions(output_shape(count), DType::float32);
    auto* to = static_cast<std::byte*>(predictions.raw());
    std::shared_ptr<graph::Execution> execution;
    std::int64_t planned = 0;
    Model model = handle();
    for (const CallbackPtr& callback : options.callbacks) callback->on_predict_begin(model);
    for (std::int64_t index = 0; index < batches; ++index) {
        const std::int64_t begin = index * batch_size;
        const std::int64_t size = std::min(batch_size, count - begin);
        if (size != planned) {
            execution = plan({Use::prediction, size}, "predict")->acquire();
            planned = size;
        }
        for (const CallbackPtr& callback : options.callbacks) callback->on_predict_batch_begin(model, index);
        execution->feed("input_0", next(begin, begin + size));
        execution->run();
        const Tensor& part = execution->output(0);
        std::memcpy(to, part.raw(), part.bytes());
        to += part.bytes();
        for (const CallbackPtr& callback : options.callbacks) callback->on_predict_batch_end(model, index);
        bar.update(index + 1, {}, steady_seconds());
    }
    for (const CallbackPtr& callback : options.callbacks) callback->on_predict_end(model);
    bar.update(batches, {}, steady_seconds(), true);
    return predictions;
}

Tensor Trainer::predict(const Tensor& x, const PredictOptions& options) {
    const char* const what = "predict";
    if (x.shape().rank() == 0) throw ShapeError(where(what) + "a scalar came; examples with a batch axis are wanted");
    const std::int64_t batch_size = check_batch_size(options.batch_size, where(what));
    prepare(x.shape().without_batch(), what);
    return predict_batches(x.shape()[0], batch_size, options, [&](std::int64_t begin, std::int64_t end) {
        return x.slice(begin, end).cast(model_->inputs()[0].dtype());
    });
}

Tensor Trainer::predict(const Dataset& data, const PredictOptions& options) {
    const char* const what = "predict";
    const std::int64_t batch_size = check_batch_size(options.batch_size, where(what));
    prepare(data.x_shape(), what);
    BatchReader reader(data, data::plain_order(data.size()), batch_size);
    return predict_batches(data.size(), batch_size, options,
                           [&](std::int64_t, std::int64_t) { return reader.next()->x; });
}

}  // namespace markhor
