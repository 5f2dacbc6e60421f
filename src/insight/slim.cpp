// All steps of slimming a network, each one measured.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/slim.hpp>

#include "insight/model_parts.hpp"
#include "insight/numbers.hpp"
#include "insight/samples.hpp"
#include "insight/stop_on_request.hpp"
#include "insight/text_columns.hpp"
#include "model/backup.hpp"

namespace markhor::insight {
namespace {

constexpr int timed_predictions = 10;

double latency(const Model& model) {
    const Shape shape = model.input_shapes().at(0).without_batch();
    if (!shape.is_known()) return 0;
    const Tensor image = Tensor::full(shape.with_batch(1), 0.5F);
    double fastest = std::numeric_limits<double>::infinity();
    for (int run = 0; run <= timed_predictions; ++run) {
        const auto begin = std::chrono::steady_clock::now();
        (void)model.predict_on_batch(image);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        if (run > 0) fastest = std::min(fastest, took.count());  // the first one also plans
    }
    return fastest;
}

class Slimming {
public:
    Slimming(const Model& model, const SlimOptions& options)
        : options_(options), output_(options.output != nullptr ? *options.output : std::cout), result_{model, {}} {
        if (options.data) labels_ = labels_of(options.data->test);
    }

    SlimResult run() {
        stage("before");
        if (options_.prune > 0) {
            result_.model = prune_filters(result_.model, options_.prune).model;
            stage("pruned");
        }
        if (!options_.head.empty()) {
            result_.model = replace_head(result_.model, options_.head, options_.dropout);
            stage("new head");
            if (options_.data) {
                solve_head(result_.model, options_.data->train, options_.ridge);
                stage("solved");
            }
        }
        if (options_.epochs > 0) fine_tune();
        if (options_.fold) {
            result_.model = fold_batch_normalization(result_.model).model;
            stage("folded");
        }
        return std::move(result_);
    }

private:
    void fine_tune() {
        Model& model = result_.model;
        model.compile({.optimizer = optimizers::Adam({.learning_rate = options_.learning_rate}),
                       .loss = fitting_loss(model),
                       .metrics = {"accuracy"}});
        FitOptions fit{.batch_size = options_.batch_size,
                       .epochs = options_.epochs,
                       .validation_data = options_.data->validation ? *options_.data->validation : options_.data->test,
                       .callbacks = {callbacks::TerminateOnNaN({.raise_error = true, .find_layer = true})},
                       .output = &output_};
        if (options_.stop_requested) fit.callbacks.push_back(std::make_shared<StopOnRequest>(options_.stop_requested));
        if (!options_.state.empty())
            fit.callbacks.push_back(backup_in(options_.state / "tune.backup", {.delete_checkpoint = false}));
        (void)model.fit(options_.data->train, fit);
        stage("fine-tuned");
    }

    void stage(const std::string& name) {
        const Model& model = result_.model;
        SlimStage stage{.name = name, .params = model.count_params(), .latency_seconds = latency(model)};
        stage.weight_bytes = 4.0 * static_cast<double>(stage.params);
        if (options_.data) {
            stage.accuracy =
                accuracy_of(model.predict(options_.data->test, {.batch_size = options_.batch_size}), labels_);
        }
        result_.stages.push_back(std::move(stage));
    }

    const SlimOptions& options_;
    std::ostream& output_;
    std::vector<std::int32_t> labels_;  // of the test images
    SlimResult result_;
};

}  // namespace

SlimResult slim(const Model& model, const SlimOptions& options) {
    const std::string& name = model.model_base()->name();
    if (options.epochs < 0 || options.batch_size < 1)
        throw ValueError(name + ": fine-tuning wants 0 or more epochs of batches of 1 or more images");
    if (!std::isfinite(options.ridge) || options.ridge < 0)
        throw ValueError(
            fmt::format("{}: ridge is {}; a finite number of at least 0 is expected", name, options.ridge));
    if (!std::isfinite(options.learning_rate) || options.learning_rate <= 0) {
        throw ValueError(
            fmt::format("{}: learning_rate is {}; a finite number above 0 is expected", name, options.learning_rate));
    }
    if (options.epochs > 0 && !options.data)
        throw ValueError(name + ": fine-tuning was asked for, but no data was given to tune on");
    if (model.input_shapes().size() != 1 || model.output_shapes().size() != 1)
        throw ValueError(name + ": slimming takes a model of one input and one output");
    if (options.data) check_class_numbers(name, options.data->train);
    return Slimming(model, options).run();
}

std::string slim_table(const SlimResult& result) {
    std::vector<std::vector<std::string>> rows = {{"", "Parameters", "Weights", "An image", "Test accuracy"}};
    for (const SlimStage& stage : result.stages) {
        rows.push_back({stage.name, grouped(stage.params), bytes_text(stage.weight_bytes),
                        seconds_text(stage.latency_seconds), stage.accuracy ? percent(*stage.accuracy) : "–"});
    }
    return text_columns(rows);
}

}  // namespace markhor::insight
