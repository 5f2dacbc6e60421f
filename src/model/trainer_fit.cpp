// fit(): epochs of training steps, each with its validation, its callbacks and its line of progress.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <markhor/error.hpp>
#include <optional>

#include "data/batch_reader.hpp"
#include "data/order.hpp"
#include "layers/layer_base.hpp"
#include "model/kept_run.hpp"
#include "model/model_base.hpp"
#include "model/progress.hpp"
#include "model/steps.hpp"
#include "model/trainer_steps.hpp"
#include "training/meters.hpp"

namespace markhor {
namespace {

// The shuffling's numbers are others than those of weights and dropout, which come from the session's seed too.
constexpr std::uint64_t shuffle_key = 0x7368'7566'666C'65ULL;

struct Split {
    Dataset training;
    OutputSampleWeights weights;
    std::optional<Dataset> validation;
    OutputSampleWeights validation_weights;
};

// Keras holds out the last part, before any shuffling. Class weights are for training alone.
Split split(const Dataset& data, const OutputSampleWeights& weights, const FitOptions& options) {
    OutputSampleWeights held(weights.size());
    if (options.validation_data || options.validation_split == 0) return {data, weights, options.validation_data, held};
    const auto size = static_cast<double>(data.size());
    const auto kept = static_cast<std::int64_t>(std::floor(size * (1 - options.validation_split)));
    for (std::size_t i = 0; i < weights.size(); ++i) held[i] = weights[i].slice(kept, data.size());
    return {data.slice(0, kept), weights, data.slice(kept, data.size()), held};
}

// Training values by name, then those of validation, as Keras shows them.
ProgressBar::Values shown(const Logs& training, const Logs& validation) {
    ProgressBar::Values values(training.begin(), training.end());
    for (const auto& [name, value] : validation) values.emplace_back("val_" + name, value);
    return values;
}

}  // namespace

void Trainer::check_fit(const FitOptions& options) const {
    const auto at_least = [&](const char* name, std::int64_t value, std::int64_t least) {
        if (value >= least) return;
        throw ValueError(where("fit") + name + " is " + std::to_string(value) + "; at least " + std::to_string(least) +
                         " is wanted");
    };
    at_least("batch_size", options.batch_size.value_or(1), 1);
    at_least("steps_per_epoch", options.steps_per_epoch, 0);
    at_least("validation_steps", options.validation_steps, 0);
    at_least("epochs", options.epochs, 0);
    at_least("initial_epoch", options.initial_epoch, 0);
    at_least("validation_batch_size", options.validation_batch_size, 0);
    at_least("validation_freq", options.validation_freq, 1);
    if (!(options.validation_split >= 0 && options.validation_split < 1)) {
        throw ValueError(where("fit") + "validation_split is " + fmt::format("{}", options.validation_split) +
                         "; at least 0 and less than 1 is wanted");
    }
    for (const auto& callback : options.callbacks) {
        if (!callback) throw ValueError(where("fit") + "a callback is null");
    }
}

History Trainer::fit(Model& model, const Dataset& data, const FitOptions& options) {
    const char* const what = "fit";
    check_compiled(what);
    check_fit(options);
    check_examples(data, what);
    const auto [output, terminal] = progress_output(options.output);
    const int verbose = resolve_verbose(options.verbose, terminal);
    const Wiring wiring = prepare(data, what);
    const OutputSampleWeights weights = sample_weights(options.sample_weight, options.class_weight, data.size(), what);
    const Split sets = split(data, weights, options);
    if (sets.training.size() == 0 || (sets.validation && sets.validation->size() == 0)) {
        throw ValueError(where(what) + "of " + std::to_string(data.size()) + " examples, " +
                         std::to_string(sets.training.size()) + " are left to train on and " +
                         std::to_string(sets.validation->size()) + " to validate on; at least one of each is wanted");
    }
    const std::int64_t examples = sets.training.size();
    const Steps steps(examples, options.batch_size, options.steps_per_epoch);
    const std::int64_t batch_size = steps.batch_size();
    Meters meters(metered(wiring, data, batch_size));
    Wiring validation_wiring;
    if (sets.validation) {
        validation_wiring = prepare(*sets.validation, what);
        Meters(metered(validation_wiring, *sets.validation, 1));
    }
    TrainingStep step(*this, what, wiring, sets.weights);
    const OptimizerBase& optimizer = *options_->optimizer.base();

    const auto each = [&](const auto& hook) {
        for (const auto& callback : options.callbacks) hook(*callback);
    };
    History history;
    Logs logs;
    stop_ = false;
    running_ = {};  // one that a callback's exception ended
    RunState state{.position = {options.initial_epoch, 0, session_seed()}};
    each([&](Callback& callback) { callback.set_params({options.epochs, steps.asked(), verbose}); });
    KeptRun kept(model, options.callbacks);
    if (const std::optional<RunState>& restored = kept.restore()) {
        state = *restored;
        state.callbacks.clear();
        history = state.history;
        for (const auto& [name, values] : history.history) {
            if (!values.empty()) logs[name] = values.back();
        }
    }
    each([&](Callback& callback) { callback.on_train_begin(model); });
    kept.restore_callbacks();
    // From here on, so that a run killed in its first batches goes on with the same seeds and initial weights.
    if (state.position.batch == 0 && history.epoch.empty() && kept.is_due(0)) kept.keep(state, false);
    step.set_seed(state.position.seed);
    bool warned = false;
    for (int epoch = state.position.epoch; epoch < options.epochs && !stop_; ++epoch) {
        state.position.epoch = epoch;
        // Where in its pass over the examples this epoch begins, and how many batches it has.
        const std::int64_t first = steps.first(epoch - options.initial_epoch);
        const std::int64_t batches = steps.count(epoch - options.initial_epoch);
        if (batches < steps.asked() && !std::exchange(warned, true)) {
            std::cerr << fmt::format(
                "{}steps_per_epoch is {}; epoch {} ends after {} batches, when all examples were seen\n", where(what),
                steps.asked(), epoch + 1, batches);
        }
        meters.reset();
        if (state.position.batch > 0) meters.set_state(state.figures);
        each([&](Callback& callback) { callback.on_epoch_begin(model, epoch); });
        if (verbose > 0 && options.epochs > 1) {
            *output << fmt::format("Epoch {}/{}\n", epoch + 1, options.epochs) << std::flush;
        }
        const double start = steady_seconds() - state.seconds;  // of the epoch's first batch, were there no break
        // A pass's order depends on the seed and on the steps before it, so a run that goes on later goes on with the
        // same.
        const std::int64_t before = optimizer.iterations() - state.position.batch - first;
        std::vector<std::int64_t> order =
            options.shuffle
                ? data::shuffled_order(examples, state.position.seed ^ shuffle_key, static_cast<std::uint64_t>(before))
                : data::plain_order(examples);
        steps.cut(order, first + batches);
        BatchReader reader(sets.training, std::move(order), batch_size, first + std::min(state.position.batch, batches),
                           epoch);
        ProgressBar bar(*output, verbose, steps.asked(), start);
        std::int64_t done = state.position.batch;
        while (const Batch* batch = stop_ ? nullptr : reader.next()) {
            const std::int64_t index = batch->index - first;
            each([&](Callback& callback) { callback.on_train_batch_begin(model, index); });
            step.run(*batch);
            step.update(meters, *batch);
            done = index + 1;
            running_ = {batch, &sets.training, &wiring, &step};
            each([&](Callback& callback) { callback.on_train_batch_end(model, index, meters.logs()); });
            running_ = {};
            if (kept.is_due(done)) {
                state.position.batch = done;
                state.seconds = steady_seconds() - start;
                state.figures = meters.state();
                kept.keep(state, false);
            }
            bar.update(done, shown(meters.logs(), {}), steady_seconds());
        }
        const double seconds = steady_seconds() - start;
        logs = meters.logs();
        Logs validation;
        // A run that was stopped in mid-epoch ends without making anyone wait for a validation.
        const bool whole = done == batches;
        if (sets.validation && whole && (epoch + 1) % options.validation_freq == 0) {
            const auto asked =
                options.validation_batch_size > 0 ? std::optional(options.validation_batch_size) : options.batch_size;
            const Steps each_time(sets.validation->size(), asked, options.validation_steps);
            validation = evaluate(*sets.validation, validation_wiring, sets.validation_weights, each_time,
                                  options.callbacks, nullptr);
        }
        const ProgressBar::Values values = shown(logs, validation);
        for (const auto& [name, value] : values) logs[name] = value;
        each([&](Callback& callback) { callback.on_epoch_end(model, epoch, logs); });
        bar.update(done, values, steady_seconds(), true);
        history.epoch.push_back(epoch);
        history.seconds.push_back(seconds);
        for (const auto& [name, value] : logs) history.history[name].push_back(value);
        history.stopped = stop_ && (epoch + 1 < options.epochs || !whole);
        // A run that was stopped within an epoch is to go on there.
        state.position =
            whole ? RunPosition{epoch + 1, 0, state.position.seed} : RunPosition{epoch, done, state.position.seed};
        state.seconds = whole ? 0 : seconds;
        state.figures = whole ? std::vector<std::vector<double>>() : meters.state();
        if (whole) state.history = history;
        kept.keep(state, true);
    }
    optimizer.finalize_weights();
    each([&](Callback& callback) { callback.on_train_end(model, logs); });
    return history;
}

}  // namespace markhor
