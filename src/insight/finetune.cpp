// A new head on an old backbone, and the two phases of its training.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/finetune.hpp>
#include <markhor/image_input.hpp>
#include <markhor/layers.hpp>
#include <markhor/slim.hpp>
#include <memory>
#include <utility>

#include "insight/numbers.hpp"
#include "insight/samples.hpp"
#include "insight/stop_on_request.hpp"
#include "insight/text_columns.hpp"
#include "insight/trained_input.hpp"
#include "model/backup.hpp"
#include "model/model_base.hpp"

namespace markhor::insight {
namespace {

bool begins_head(const Layer& layer) {
    const std::string name = layer.class_name();
    return name == "Flatten" || name.starts_with("Global");
}

/// The map that the last Flatten or global pooling receives, or with which the network ends.
SymbolicTensor last_map(const Model& model) {
    const std::vector<Layer> layers = model.layers();
    const auto head = std::find_if(layers.rbegin(), layers.rend(), begins_head);
    const std::vector<SymbolicTensor> outputs = model.outputs();
    if (outputs.empty()) throw ValueError(model.name() + ": the model has no shapes yet; build it first");
    SymbolicTensor map = head != layers.rend() ? head->input() : outputs[0];
    if (map.shape().rank() != 4) {
        throw ValueError(model.name() + ": a backbone ends in a map (height, width, channels); " +
                         (head != layers.rend() ? head->name() + " receives " : std::string("this one ends in ")) +
                         map.shape().without_batch().str());
    }
    return map;
}

SymbolicTensor pooled(const SymbolicTensor& map, const std::string& head) {
    if (head == "gap") return layers::GlobalAveragePooling2D()(map);
    if (head == "gmp") return layers::GlobalMaxPooling2D()(map);
    return layers::Concatenate()({layers::GlobalAveragePooling2D()(map), layers::GlobalMaxPooling2D()(map)});
}

std::int64_t class_count(const Dataset& train) {
    if (!train.class_names().empty()) return std::ssize(train.class_names());
    const std::vector<std::int32_t> labels = labels_of(train);
    return labels.empty() ? 0 : std::int64_t{*std::ranges::max_element(labels)} + 1;
}

void check(const Model& model, const data::TrainTest& data, const FinetuneOptions& options) {
    const std::string& name = model.name();
    const std::vector<std::string> heads = pooled_head_names();
    if (std::ranges::find(heads, options.head) == heads.end()) {
        throw ValueError(name + ": there is no head '" + options.head + "'; gap, gmp and both are known");
    }
    if (model.input_shapes().size() != 1 || model.output_shapes().size() != 1) {
        throw ValueError(name + ": fine-tuning takes a model of one input and one output");
    }
    if (options.head_epochs < 0 || options.epochs < 0 || options.batch_size < 1) {
        throw ValueError(name + ": fine-tuning wants 0 or more epochs of batches of 1 or more images");
    }
    for (const auto& [what, rate] : {std::pair("head_learning_rate", options.head_learning_rate),
                                     std::pair("learning_rate", options.learning_rate)}) {
        if (!std::isfinite(rate) || rate <= 0)
            throw ValueError(fmt::format("{}: {} is {}; a finite number above 0 is expected", name, what, rate));
        (void)make_optimizer(options.recipe, rate, 1);  // throws for names that there are not
    }
    if (options.unfreeze && *options.unfreeze < 0)
        throw ValueError(fmt::format("{}: unfreeze is {}; at least 0 is expected", name, *options.unfreeze));
    check_class_numbers(name, data.train);
}

class Finetuning {
public:
    Finetuning(const Model& model, const data::TrainTest& data, const FinetuneOptions& options)
        : data_(data),
          options_(options),
          backbone_({.inputs = model.inputs(), .outputs = {last_map(model)}, .name = "backbone"}),
          result_{with_head(model.name())},
          labels_(labels_of(data.test)) {
        if (const std::optional<ImageInput> input = stored_image_input(model)) set_image_input(result_.model, *input);
        record_image_input(result_.model, data.train);
        if (options.recipe.class_weight == "none") return;
        std::vector<std::int64_t> counts(static_cast<std::size_t>(class_count(data.train)), 0);
        for (const std::int32_t label : labels_of(data.train)) ++counts.at(static_cast<std::size_t>(label));
        class_weights_ = class_weights(options.recipe, counts);
    }

    FinetuneResult run() {
        backbone_.set_trainable(false);
        compile(options_.head_learning_rate, options_.head_epochs);
        stage("new head", 0, 0);
        if (options_.head_epochs > 0) train("head trained", options_.head_epochs, options_.head_learning_rate);
        if (options_.epochs > 0 && !stopped()) {
            unfreeze();
            compile(options_.learning_rate, options_.epochs);
            train("fine-tuned", options_.epochs, options_.learning_rate);
        }
        return std::move(result_);
    }

private:
    Model with_head(const std::string& name) const {
        const std::int64_t classes = class_count(data_.train);
        if (classes < 2) throw ValueError(name + ": the data has fewer than two classes");
        const SymbolicTensor image = Input(data_.train.x_shape());
        SymbolicTensor x = image;
        if (options_.recipe.augment) {
            for (const Layer& layer : augmentation_layers()) x = layer(x);
        }
        x = pooled(backbone_(x, {.training = false}), options_.head);
        if (options_.dropout > 0) x = layers::Dropout(options_.dropout)(x);
        x = layers::Dense(classes, {.activation = "softmax"})(x);
        return Model({.inputs = {image}, .outputs = {x}});
    }

    void unfreeze() {
        backbone_.set_trainable(true);
        if (!options_.unfreeze) return;
        std::vector<Layer> parts = backbone_.layers();
        const std::int64_t frozen = std::ssize(parts) - *options_.unfreeze;
        for (std::int64_t i = 0; i < frozen; ++i) parts[static_cast<std::size_t>(i)].set_trainable(false);
    }

    bool stopped() const { return options_.stop_requested && options_.stop_requested(); }

    void compile(double learning_rate, int epochs) {
        const std::int64_t batches = (data_.train.size() + options_.batch_size - 1) / options_.batch_size;
        result_.model.compile({.optimizer = make_optimizer(options_.recipe, learning_rate, batches * epochs),
                               .loss = "sparse_categorical_crossentropy",
                               .metrics = {"accuracy"}});
    }

    void train(const std::string& name, int epochs, double learning_rate) {
        FitOptions fit{.batch_size = options_.batch_size,
                       .epochs = epochs,
                       .validation_data = data_.validation ? *data_.validation : data_.test,
                       .class_weight = class_weights_,
                       .callbacks = {callbacks::TerminateOnNaN({.raise_error = true, .find_layer = true})},
                       .output = options_.output != nullptr ? options_.output : &std::cout};
        const std::vector<CallbackPtr> stopping = stopping_callbacks(options_.recipe);
        fit.callbacks.insert(fit.callbacks.end(), stopping.begin(), stopping.end());
        if (options_.stop_requested) fit.callbacks.push_back(std::make_shared<StopOnRequest>(options_.stop_requested));
        if (!options_.state.empty()) {
            const std::string backup =
                result_.stages.size() == 1 && options_.head_epochs > 0 ? "head.backup" : "tune.backup";
            fit.callbacks.push_back(backup_in(options_.state / backup, {.delete_checkpoint = false}));
        }
        (void)result_.model.fit(data_.train, fit);
        stage(name, epochs, learning_rate);
    }

    void stage(const std::string& name, int epochs, double learning_rate) {
        FinetuneStage stage{.name = name, .epochs = epochs, .learning_rate = learning_rate};
        for (const VariablePtr& weight : result_.model.trainable_weights())
            stage.trained_params += weight->value.size();
        stage.accuracy = accuracy_of(result_.model.predict(data_.test, {.batch_size = options_.batch_size}), labels_);
        result_.stages.push_back(std::move(stage));
    }

    const data::TrainTest& data_;
    const FinetuneOptions& options_;
    Model backbone_;
    FinetuneResult result_;
    const std::vector<std::int32_t> labels_;  // of the test images
    std::map<std::int64_t, double> class_weights_;
};

}  // namespace

FinetuneResult finetune(const Model& model, const data::TrainTest& data, const FinetuneOptions& options) {
    check(model, data, options);
    return Finetuning(model, data, options).run();
}

std::string finetune_table(const FinetuneResult& result) {
    std::vector<std::vector<std::string>> rows = {{"", "Trained parameters", "Epochs", "Rate", "Test accuracy"}};
    for (const FinetuneStage& stage : result.stages) {
        const bool trained = stage.epochs > 0;
        rows.push_back({stage.name, trained ? grouped(stage.trained_params) : "–",
                        trained ? std::to_string(stage.epochs) : "–",
                        trained ? fmt::format("{:g}", stage.learning_rate) : "–", percent(stage.accuracy)});
    }
    return text_columns(rows);
}

}  // namespace markhor::insight
