// evaluate() and predict(): batches through a model that does not change.
#include <algorithm>
#include <cstring>
#include <markhor/error.hpp>

#include "data/batch_reader.hpp"
#include "data/order.hpp"
#include "model/model_base.hpp"
#include "model/progress.hpp"
#include "model/steps.hpp"
#include "model/trainer_steps.hpp"
#include "training/meters.hpp"

namespace markhor {
namespace {

Steps steps_of(std::int64_t examples, std::optional<std::int64_t> batch_size, std::int64_t steps,
               const std::string& where) {
    if (batch_size.value_or(1) < 1) {
        throw ValueError(where + "batch_size is " + std::to_string(*batch_size) + "; at least 1 is wanted");
    }
    if (steps < 0) throw ValueError(where + "steps is " + std::to_string(steps) + "; at least 0 is wanted");
    return {examples, batch_size, steps};
}

/// The examples of the first steps, in order.
std::vector<std::int64_t> order_of(const Steps& steps) { return data::plain_order(steps.examples_of(steps.asked())); }

}  // namespace

Logs Trainer::evaluate(const Dataset& data, const Wiring& wiring, const OutputSampleWeights& weights,
                       const Steps& steps, const std::vector<CallbackPtr>& callbacks, ProgressBar* bar) {
    Meters meters(metered(wiring, data, steps.batch_size()));
    EvaluationStep step(*this, "evaluate", wiring, weights);
    BatchReader reader(data, order_of(steps), steps.batch_size());
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
    const Steps steps = steps_of(data.size(), options.batch_size, options.steps, where(what));
    const Wiring wiring = prepare(data, what);
    const OutputSampleWeights weights = sample_weights(options.sample_weight, {}, data.size(), what);
    const auto [output, terminal] = progress_output(options.output);
    ProgressBar bar(*output, resolve_verbose(options.verbose, terminal), steps.asked(), steady_seconds());
    Logs logs = evaluate(data, wiring, weights, steps, options.callbacks, &bar);
    bar.update(steps.count(0), {logs.begin(), logs.end()}, steady_seconds(), true);
    return logs;
}

// `next` gives each input's examples [begin, end).
template <class NextBatch>
std::vector<Tensor> Trainer::predict_batches(const Steps& steps, const PredictOptions& options, const NextBatch& next) {
    const auto [output, terminal] = progress_output(options.output);
    const std::int64_t batches = steps.count(0);
    const std::int64_t count = steps.examples_of(batches);
    ProgressBar bar(*output, resolve_verbose(options.verbose, terminal), batches, steady_seconds());
    std::vector<Tensor> predictions;
    for (std::size_t i = 0; i < model_->outputs().size(); ++i)
        predictions.emplace_back(output_shape(i, count), DType::float32);
    std::shared_ptr<graph::Execution> execution;
    std::int64_t planned = 0, whole = 0, at_once = 0;
    const auto run = [&](const std::vector<Tensor>& inputs, std::int64_t begin, std::int64_t size) {
        if (size != planned) {
            execution = plan({Use::prediction, size}, "predict")->acquire();
            planned = size;
        }
        for (std::size_t i = 0; i < inputs.size(); ++i) execution->feed("input_" + std::to_string(i), inputs[i]);
        execution->run();
        for (std::size_t i = 0; i < predictions.size(); ++i) {
            const Tensor& part = execution->output(i);
            if (part.bytes() == 0) continue;
            std::memcpy(predictions[i].slice(begin, begin + size).raw(), part.raw(), part.bytes());
        }
    };
    Model model = handle();
    for (const CallbackPtr& callback : options.callbacks) callback->on_predict_begin(model);
    for (std::int64_t index = 0; index < batches; ++index) {
        const std::int64_t begin = index * steps.batch_size();
        const std::int64_t size = std::min(steps.batch_size(), count - begin);
        if (size != whole) {
            at_once = plan({Use::prediction, size}, "predict")->examples_at_once();
            whole = size;
        }
        for (const CallbackPtr& callback : options.callbacks) callback->on_predict_batch_begin(model, index);
        std::vector<Tensor> inputs = next(begin, begin + size);
        for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = inputs[i].cast(model_->inputs()[i].dtype());
        for (std::int64_t at = 0; at < size; at += at_once) {
            const std::int64_t end = std::min(at + at_once, size);
            std::vector<Tensor> part;
            part.reserve(inputs.size());
            for (const Tensor& input : inputs) part.push_back(input.slice(at, end));
            run(part, begin + at, end - at);
        }
        for (const CallbackPtr& callback : options.callbacks) callback->on_predict_batch_end(model, index);
        bar.update(index + 1, {}, steady_seconds());
    }
    for (const CallbackPtr& callback : options.callbacks) callback->on_predict_end(model);
    bar.update(batches, {}, steady_seconds(), true);
    return predictions;
}

std::vector<Tensor> Trainer::predict(const Tensors& x, const PredictOptions& options) {
    const char* const what = "predict";
    if (!x.defined()) throw ValueError(where(what) + "no array came; examples with a batch axis are wanted");
    std::vector<ExamplePart> parts;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Tensor& each = x.values()[i];
        if (each.shape().rank() == 0) {
            throw ShapeError(where(what) + "a scalar came; examples with a batch axis are wanted");
        }
        if (each.shape()[0] != x.values().front().shape()[0]) {
            throw ShapeError(where(what) + "inputs of " + std::to_string(x.values().front().shape()[0]) + " and of " +
                             std::to_string(each.shape()[0]) + " examples came; all must have as many");
        }
        parts.push_back({x.names().empty() ? std::string() : x.names()[i], each.shape().without_batch(), each.dtype()});
    }
    const std::int64_t examples = x.values().front().shape()[0];
    const Steps steps = steps_of(examples, options.batch_size, options.steps, where(what));
    const std::vector<std::size_t> order = prepare_inputs(parts, examples, what);
    return predict_batches(steps, options, [&](std::int64_t begin, std::int64_t end) {
        std::vector<Tensor> inputs;
        inputs.reserve(order.size());
        for (const std::size_t part : order) inputs.push_back(x.values()[part].slice(begin, end));
        return inputs;
    });
}

std::vector<Tensor> Trainer::predict(const Dataset& data, const PredictOptions& options) {
    const char* const what = "predict";
    const Steps steps = steps_of(data.size(), options.batch_size, options.steps, where(what));
    const std::vector<std::size_t> order = prepare_inputs(data.parts().x, data.size(), what);
    BatchReader reader(data, order_of(steps), steps.batch_size());
    return predict_batches(steps, options, [&](std::int64_t, std::int64_t) {
        const Batch& batch = *reader.next();
        std::vector<Tensor> inputs;
        inputs.reserve(order.size());
        for (const std::size_t part : order) inputs.push_back(batch.input(part));
        return inputs;
    });
}

}  // namespace markhor
