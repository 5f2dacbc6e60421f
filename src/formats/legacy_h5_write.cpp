// Whole models in .h5, written as Keras 3's own legacy writer does.
#include <algorithm>
#include <unordered_map>

#include "core/atomic_file.hpp"
#include "formats/compile_config.hpp"
#include "formats/config.hpp"
#include "formats/config_operators.hpp"
#include "formats/h5_writer.hpp"
#include "formats/image_input_json.hpp"
#include "formats/legacy_h5.hpp"
#include "formats/optimizer_state.hpp"
#include "formats/saved_model.hpp"
#include "model/custom_layer.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;
using Paths = std::unordered_map<const Variable*, std::string>;

/// These files name classes alone, without their modules: of layers and models, not of what stands in their configs.
json classic_config(const json& serialized) {
    json classic = json::object();
    for (const char* key : {"class_name", "config", "name", "inbound_nodes"}) {
        if (serialized.contains(key)) classic[key] = serialized[key];
    }
    json& config = classic["config"];
    if (config.contains("layers") && config["layers"].is_array()) {
        for (json& layer : config["layers"]) layer = classic_config(with_layer_for_operator(std::move(layer)));
    }
    return classic;
}

/// "block/conv2d/kernel": with the models around the layer, below the one that is saved.
void collect_paths(const ModelBase& model, const std::string& before, Paths& paths) {
    for (const auto& layer : model.layers()) {
        const std::string prefix = before + layer->name() + "/";
        if (const auto* inner = dynamic_cast<const ModelBase*>(layer.get())) {
            collect_paths(*inner, prefix, paths);
            continue;
        }
        // A custom layer's weights are those of its parts: told apart by their own paths.
        const bool is_custom = dynamic_cast<const CustomLayer*>(layer.get()) != nullptr;
        for (const VariablePtr& weight : layer->weights()) {
            paths.emplace(weight.get(), prefix + (is_custom ? weight->path : weight->name));
        }
    }
}

void write_layers(const H5Writer& root, const ModelBase& model) {
    Paths paths;
    collect_paths(model, "", paths);
    const H5Writer group = root.group("model_weights");
    const std::vector<LegacyLayer> layers = legacy_layers(model);
    std::vector<std::string> names;
    names.reserve(layers.size());
    for (const LegacyLayer& layer : layers) names.push_back(layer.name);
    group.texts("layer_names", names);
    group.text("backend", keras_backend, H5Writer::Charset::ascii);
    group.text("keras_version", keras_version, H5Writer::Charset::ascii);
    for (const LegacyLayer& layer : layers) {
        const H5Writer of_layer = group.group(layer.name);
        std::vector<std::string> weights;
        for (const VariablePtr& weight : layer.weights) weights.push_back(paths.at(weight.get()));
        of_layer.texts("weight_names", weights);
        for (std::size_t i = 0; i < weights.size(); ++i) of_layer.data(weights[i], layer.weights[i]->value);
    }
    group.group("top_level_model_weights").texts("weight_names", {});
}

void write_training(const H5Writer& root, const ModelBase& model) {
    root.text("training_config", training_config(model.trainer().options()).dump(), H5Writer::Charset::ascii);
    const OptimizerState state = optimizer_state(model);
    const H5Writer group = root.group("optimizer_weights");
    std::vector<std::string> names;
    for (const VariablePtr& variable : state.variables) {
        // Layers of one name in two nested models make equal paths; the order counts, not the name.
        std::string name = variable->path;
        while (std::ranges::find(names, name) != names.end()) name += "_" + std::to_string(names.size());
        names.push_back(name);
    }
    group.texts("weight_names", names);
    for (std::size_t i = 0; i < names.size(); ++i) group.data(names[i], state.variables[i]->value);
}

}  // namespace

void write_model_h5(const std::filesystem::path& file, ModelBase& model) {
    AtomicFile atomic(file);
    {
        const std::lock_guard lock(hdf5_mutex());
        const H5Quiet quiet;
        H5Writer root = H5Writer::file(atomic);
        root.text("keras_version", keras_version, H5Writer::Charset::utf8);
        root.text("backend", keras_backend, H5Writer::Charset::utf8);
        root.text("model_config", classic_config(layer_config(model)).dump(), H5Writer::Charset::ascii);
        if (const auto& record = model.trainer().image_input())
            root.text(record_attribute, image_input_text(*record), H5Writer::Charset::utf8);
        write_layers(root, model);
        if (model.trainer().compiled()) write_training(root, model);
        root.close();
    }
    atomic.commit();
}

}  // namespace markhor::formats
