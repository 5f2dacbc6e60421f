// results.json: every figure of a case study, for programs. conformance/compare_with_keras.py reads it.
#include <markhor/case_study.hpp>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "insight/class_scores.hpp"

namespace markhor::insight {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json number_or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

void add_cost(Json& json, const ModelCost& cost) {
    json["parameters"] = cost.params;
    json["trainable_parameters"] = cost.trainable_params;
    json["non_trainable_parameters"] = cost.params - cost.trainable_params;
    json["flops_per_image"] = cost.flops;
    json["weight_bytes"] = cost.weight_bytes;
    json["activation_bytes"] = cost.activation_bytes;
    if (!cost.training) return;
    json["training"] = {{"batch", cost.training->batch},
                        {"flops_per_step", cost.training->flops},
                        {"activation_bytes", cost.training->activation_bytes},
                        {"gradient_bytes", cost.training->gradient_bytes}};
}

Json layers_json(const ModelCost& cost) {
    Json layers = Json::array();
    for (const LayerCost& layer : cost.layers) {
        Json shape = Json::array();
        for (const std::int64_t size : layer.output_shape) shape.push_back(size == None ? Json(nullptr) : Json(size));
        layers.push_back({{"name", layer.name},
                          {"class", layer.class_name},
                          {"output_shape", shape},
                          {"parameters", layer.params},
                          {"trainable_parameters", layer.trainable_params},
                          {"flops_per_image", layer.flops},
                          {"activation_bytes", layer.activation_bytes}});
    }
    return layers;
}

Json head_json(const HeadResult& result) {
    Json json = {{"head", result.head}, {"title", result.title}};
    add_cost(json, result.cost);
    json["test_accuracy"] = number_or_null(result.test_accuracy);
    json["test_loss"] = number_or_null(result.test_loss);
    json["epoch_seconds"] = result.history.seconds;
    json["images_per_second"] = result.images_per_second;
    json["predicted_images_per_second"] = result.predicted_images_per_second;
    json["weights_file"] = result.head + ".weights.h5";
    json["weights_file_bytes"] = result.weights_file_bytes;
    json["history"] = result.history.history;
    json["layers"] = layers_json(result.cost);
    json["summary"] = result.summary;
    return json;
}

void add_classes(Json& json, const CaseStudy& study, const HeadResult& result) {
    if (result.predicted.empty() || result.predicted.size() != study.test_labels.size()) return;
    const Confusion confusion = confusion_of(study.test_labels, result.predicted, study.class_names.size());
    json["classes"] = Json::array();
    const std::vector<ClassScore> scores = class_scores(confusion);
    for (std::size_t i = 0; i < scores.size(); ++i) {
        json["classes"].push_back({{"name", study.class_names[i]},
                                   {"images", scores[i].images},
                                   {"precision", scores[i].precision},
                                   {"recall", scores[i].recall},
                                   {"f1", scores[i].f1}});
    }
    json["confusion_label_said"] = confusion;
    json["most_wrong"] = Json::array();
    for (const WrongImage& wrong : result.wrong) {
        json["most_wrong"].push_back({{"test_image", wrong.index},
                                      {"file", wrong.name},
                                      {"label", wrong.label},
                                      {"said", wrong.said},
                                      {"probability", wrong.probability},
                                      {"label_probability", wrong.label_probability}});
    }
}

Json sample_json(const CaseStudy& study, const Sample& sample) {
    Json predictions = Json::array();
    for (std::size_t i = 0; i < sample.predictions.size() && i < study.heads.size(); ++i) {
        predictions.push_back({{"head", study.heads[i].head},
                               {"label", sample.predictions[i].label},
                               {"probability", sample.predictions[i].probability}});
    }
    return {{"test_image", sample.index}, {"label", sample.label}, {"predictions", predictions}};
}

Json behaviour_json(const Behaviour& behaviour) {
    Json bins = Json::array();
    for (const ConfidenceBin& bin : behaviour.bins)
        bins.push_back({{"images", bin.images}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
    return {{"shift_images", behaviour.shift_images},
            {"accuracy_by_shift_pixels", behaviour.shift_accuracy},
            {"calibration_error", behaviour.calibration_error},
            {"confidence_bins", bins},
            {"confusion_label_said", behaviour.confusion}};
}

Json repeat_json(const Repeat& run) {
    return {{"head", run.head},
            {"size", run.size},
            {"seed", run.seed},
            {"test_accuracy", run.test_accuracy},
            {"parameters", run.params},
            {"epoch_seconds", run.epoch_seconds},
            {"val_accuracy", run.val_accuracy}};
}

}  // namespace

std::string results_json(const CaseStudy& study) {
    const CaseStudyOptions& options = study.options;
    Json json = {{"markhor", study.version},
                 {"command", options.command},
                 {"started", study.started},
                 {"seconds", study.seconds},
                 {"interrupted", study.interrupted},
                 {"processor", study.processor},
                 {"threads", study.threads},
                 {"data",
                  {{"name", options.data_name},
                   {"image_shape", study.image.dims()},
                   {"train_images", study.train_images},
                   {"test_images", study.test_images},
                   {"classes", study.class_names}}},
                 {"epochs", options.epochs},
                 {"batch_size", options.batch_size},
                 {"optimizer", options.recipe.optimizer},
                 {"schedule", options.recipe.schedule},
                 {"class_weight", options.recipe.class_weight},
                 {"augment", options.recipe.augment},
                 {"patience", options.recipe.patience},
                 {"learning_rate", options.learning_rate},
                 {"seed", options.seed}};
    json["files"] = study.files;
    if (!options.settings.empty()) json["settings"] = Json::parse(options.settings);
    json["heads"] = Json::array();
    for (const HeadResult& result : study.heads) {
        json["heads"].push_back(head_json(result));
        add_classes(json["heads"].back(), study, result);
        if (result.behaviour) json["heads"].back()["behaviour"] = behaviour_json(*result.behaviour);
    }
    json["repeats"] = Json::array();
    for (const Repeat& run : study.repeats) json["repeats"].push_back(repeat_json(run));
    json["sizes"] = Json::array();
    for (const SizeResult& result : study.sizes) {
        Json size = {{"head", result.head}, {"image_shape", {result.size, result.size, 3}}};
        add_cost(size, result.cost);
        size["step_seconds"] = number_or_null(result.step_seconds);
        json["sizes"].push_back(std::move(size));
    }
    json["samples"] = Json::array();
    for (const Sample& sample : study.samples) json["samples"].push_back(sample_json(study, sample));
    json["advice"] = Json::array();
    for (const Advice& each : advice(study)) json["advice"].push_back({{"topic", each.topic}, {"text", each.text}});
    return text::json(json.dump(1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace markhor::insight
