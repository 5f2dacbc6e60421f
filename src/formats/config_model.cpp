#include "formats/config_model.hpp"

#include <markhor/error.hpp>

#include "formats/config.hpp"
#include "formats/json.hpp"
#include "model/sequential.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

/// The input shape that Keras 2 kept in the first layer's config.
const json* batch_input_shape(const json& layer) {
    if (!layer.is_object() || !layer.contains("config") || !layer["config"].is_object()) return nullptr;
    const auto shape = layer["config"].find("batch_input_shape");
    const bool is_input = layer.value("class_name", json()) == "InputLayer";
    return is_input || shape == layer["config"].end() || shape->is_null() ? nullptr : &*shape;
}

Model sequential_from_config(const json& config, const std::string& name, const std::string& where) {
    const json& layers = config.is_array() ? config : member(config, "layers", where);
    if (!layers.is_array()) throw ValueError(where + ": 'layers' is " + shown(layers) + "; a list is wanted");
    check_layer_count(layers.size(), where);
    std::vector<SequentialItem> items;
    for (const json& serialized : layers) {
        if (items.empty()) {
            if (const json* shape = batch_input_shape(serialized)) {
                const Shape given = shape_from_config(*shape, where + ": 'batch_input_shape'");
                if (given.rank() == 0) throw ValueError(where + ": 'batch_input_shape' has no batch axis");
                items.emplace_back(Input(given.without_batch(), {.batch_size = given[0]}));
            }
        }
        items.emplace_back(Layer(layer_from_config(serialized, where)));
    }
    return located(where, [&] {
        const std::shared_ptr<SequentialModel> model = SequentialModel::make(items, name);
        const json build_shape = config.is_object() ? config.value("build_input_shape", json()) : json();
        if (!build_shape.is_null() && !model->layers().empty()) {
            const std::vector<Shape> shapes = {shape_from_config(build_shape, where + ": 'build_input_shape'")};
            model->prepare(shapes);
        }
        return Model(model);
    });
}

void write_sequential(const SequentialModel& model, json& config) {
    json& layers = config["layers"] = json::array();
    if (const std::shared_ptr<LayerBase> input = model.input_layer()) layers.push_back(layer_config(*input));
    for (const auto& layer : model.layers()) layers.push_back(layer_config(*layer));
    if (model.ready()) config["build_input_shape"] = shape_config(model.inputs()[0].shape());
}

}  // namespace

void check_layer_count(std::size_t count, const std::string& where) {
    constexpr std::size_t most = 10'000;
    if (count > most) {
        throw ValueError(where + ": " + std::to_string(count) + " layers; at most " + std::to_string(most) +
                         " are read");
    }
}

Shape shape_from_config(const json& value, const std::string& where) {
    if (!value.is_array()) throw ValueError(where + ": " + shown(value) + " where a list of sizes is wanted");
    Shape shape;
    for (const json& dim : value) {
        const bool is_size = dim.is_number_integer() && !(dim.is_number_unsigned() && dim.get<std::uint64_t>() >> 62) &&
                             dim.get<std::int64_t>() >= 0;
        if (!dim.is_null() && !is_size)
            throw ValueError(where + ": " + shown(value) + " where a list of sizes is wanted");
        shape.push_back(dim.is_null() ? None : dim.get<std::int64_t>());
    }
    return shape;
}

Model model_from_config(const json& serialized, const std::string& where) {
    const std::string class_name = string_member(serialized, "class_name", inside(where, "a model"));
    if (!is_model_class(class_name)) {
        throw ValueError(
            inside(where, "class '" + class_name.substr(0, 64) + "' is no model; Sequential or Functional is wanted"));
    }
    const std::string unnamed = inside(where, "a model of class '" + class_name + "'");
    const json& config = member(serialized, "config", unnamed);
    const std::string name = config.is_array() ? std::string() : name_in_config(config, unnamed);
    const std::string here = name.empty() ? unnamed : inside(where, "model '" + name + "'");
    Model model = class_name == "Sequential" ? sequential_from_config(config, name, here)
                                             : functional_from_config(config, name, here);
    read_policy(*model.base(), config, here);
    // Only the model's own switch: its layers have theirs in their configs.
    const auto trainable = config.is_object() ? config.find("trainable") : config.end();
    if (config.is_object() && trainable != config.end() && *trainable == false) {
        model.model_base()->LayerBase::set_trainable(false);
    }
    return model;
}

json model_config(ModelBase& model) {
    json config = {{"name", model.name()}, {"trainable", model.trainable()}};
    if (const auto* sequential = dynamic_cast<const SequentialModel*>(&model)) {
        config["dtype"] = policy_config(model);
        write_sequential(*sequential, config);
    } else {
        write_functional(dynamic_cast<const FunctionalModel&>(model), config);
    }
    json serialized = serialized_form(model.class_name(), std::move(config));
    if (model.ready() && model.inputs().size() == 1) {
        serialized["build_config"] = {{"input_shape", shape_config(model.inputs()[0].shape())}};
    }
    return serialized;
}

}  // namespace markhor::formats
