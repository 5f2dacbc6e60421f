#include "formats/config.hpp"

#include <algorithm>
#include <array>
#include <markhor/error.hpp>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "formats/config_model.hpp"
#include "formats/fields_json.hpp"
#include "formats/json.hpp"
#include "layers/defined_in.hpp"
#include "model/custom_layer.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : a) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (letter != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string nearest_class(const std::string& class_name) {
    const std::vector<std::string> names = LayerRegistry::instance().class_names();
    const auto distance = [&](const std::string& name) { return edit_distance(class_name.substr(0, 64), name); };
    const auto nearest = std::ranges::min_element(names, {}, distance);
    return nearest == names.end() ? std::string() : *nearest;
}

/// Options of Keras that no layer here has, with the values at which they do nothing.
bool is_harmless(const std::string& key, const json& value) {
    if (value.is_null()) return true;
    static const std::array<std::pair<const char*, json>, 9> defaults = {{{"data_format", "channels_last"},
                                                                          {"synchronized", false},
                                                                          {"renorm", false},
                                                                          {"sparse", false},
                                                                          {"ragged", false},
                                                                          {"optional", false},
                                                                          {"autocast", true},
                                                                          {"dynamic", false},
                                                                          {"rms_scaling", false}}};
    // Read by the Sequential around the layer; the momentum of a renormalization that "renorm" says is off.
    if (key == "batch_input_shape" || key == "renorm_momentum") return true;
    return std::ranges::any_of(defaults, [&](const auto& item) { return key == item.first && value == item.second; });
}

/// The policy's name. Weights and arithmetic here are float32: other policies are kept for the files alone.
std::string policy_of(const json& dtype, const std::string& where) {
    std::string name;
    if (dtype.is_null()) return "float32";
    if (dtype.is_string()) name = dtype.get<std::string>();
    if (dtype.is_object() && dtype.contains("config") && dtype["config"].is_object()) {
        const json& given = dtype["config"].value("name", json());
        const bool quantized = dtype.value("class_name", json()) == "QuantizedDTypePolicy";
        if (given.is_string() && !quantized) name = given.get<std::string>();
    }
    static constexpr std::array<const char*, 6> known = {"float32", "mixed_float16", "mixed_bfloat16",
                                                         "float16", "bfloat16",      "float64"};
    if (std::ranges::find(known, name) == known.end()) {
        throw ValueError(where + ": 'dtype' is " + shown(dtype) +
                         "; float32 or a mixed or half-precision policy is wanted");
    }
    return name;
}

void refuse_foreign(const json& serialized, const std::string& class_name, const std::string& where) {
    if (class_name == "Lambda") {
        throw ValueError(where + ": a Lambda layer holds Python code, which is never run or read");
    }
    const auto text = [&](const char* key) {
        const json value = serialized.value(key, json());
        return value.is_string() ? value.get<std::string>() : std::string();
    };
    const std::string module = text("module");
    const std::string registered = text("registered_name");
    const bool known_module = module.empty() || module == "keras" || module.starts_with("keras.layers") ||
                              module.starts_with("keras.src.layers") || module.starts_with("keras.src.applications") ||
                              module.starts_with("keras.src.models") || module.starts_with("keras.src.engine") ||
                              module.starts_with("keras.models");
    if (!known_module) {
        throw ValueError(where + ": class '" + class_name + "' of module '" + module + "' is not one of keras.layers");
    }
    if (!registered.empty() && registered != class_name) {
        throw ValueError(where + ": '" + registered + "' is a custom class, which this library does not know");
    }
}

std::string_view module_of(std::string_view class_name) {
    if (class_name == "Sequential") return "keras";
    if (class_name == "Functional") return "keras.src.models.functional";
    return "keras.layers";
}

/// The config with Keras 2's option names replaced by those they have now.
json modern(const std::string& class_name, json config) {
    static const std::array<std::array<const char*, 3>, 2> renamed = {
        {{"InputLayer", "batch_input_shape", "batch_shape"}, {"LeakyReLU", "alpha", "negative_slope"}}};
    for (const auto& [class_of, before, now] : renamed) {
        if (class_name != class_of || !config.contains(before) || config.contains(now)) continue;
        config[now] = config[before];
        config.erase(before);
    }
    if (class_name.starts_with("DepthwiseConv") || class_name.starts_with("SeparableConv")) {
        // Keras 2 wrote the options of their base class, which they do not use.
        for (const char* unused : {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"})
            config.erase(unused);
    }
    return config;
}

[[noreturn]] void refuse_option(const std::string& key, const json& value, const std::string& where) {
    throw ValueError(where + ": the option '" + key + "' = " + shown(value) + " is not supported");
}

void read_fields(LayerBase& layer, const json& config, const std::string& where) {
    FieldReader reader(config, where);
    layer.describe(reader);
    for (const auto& [key, value] : config.items()) {
        if (reader.seen().contains(key) || key == "name") continue;
        if (key == "activity_regularizer") {
            reader.field("activity_regularizer", layer.activity_regularizer());
        } else if (key == "dtype") {
            read_policy(layer, config, where);
        } else if (key == "trainable") {
            if (!value.is_boolean())
                throw ValueError(where + ": 'trainable' is " + shown(value) + "; true or false is wanted");
            layer.set_trainable(value.get<bool>());
        } else if (!is_harmless(key, value)) {
            refuse_option(key, value, where);
        }
    }
}

}  // namespace

bool is_model_class(std::string_view class_name) {
    return class_name == "Sequential" || class_name == "Functional" || class_name == "Model";
}

json shape_config(const Shape& shape) {
    json list = json::array();
    for (const std::int64_t dim : shape) list.push_back(dim == None ? json() : json(dim));
    return list;
}

json policy_config(const LayerBase& layer) {
    return {{"module", "keras"},
            {"class_name", "DTypePolicy"},
            {"config", {{"name", layer.dtype_policy()}}},
            {"registered_name", nullptr}};
}

void read_policy(LayerBase& layer, const json& config, const std::string& where) {
    if (config.is_object() && config.contains("dtype")) layer.set_dtype_policy(policy_of(config["dtype"], where));
}

json serialized_form(std::string_view class_name, json config) {
    return {{"module", module_of(class_name)},
            {"class_name", class_name},
            {"config", std::move(config)},
            {"registered_name", class_name == "Functional" ? json("Functional") : json()}};
}

std::string inside(const std::string& where, const std::string& what) {
    return where.empty() ? what : where + ": " + what;
}

std::string name_in_config(const json& config, const std::string& where) {
    if (!config.is_object()) throw ValueError(where + ": 'config' is " + shown(config) + "; an object is wanted");
    const auto name = config.find("name");
    if (name == config.end() || name->is_null()) return {};
    if (!name->is_string()) throw ValueError(where + ": 'name' is " + shown(*name) + "; a string is wanted");
    constexpr std::size_t longest = 65536;  // it is copied into each op that the layer becomes
    if (const std::size_t size = name->get_ref<const std::string&>().size(); size > longest) {
        throw ValueError(where + ": 'name' has " + std::to_string(size) + " bytes; up to " + std::to_string(longest) +
                         " are taken");
    }
    return name->get<std::string>();
}

std::shared_ptr<LayerBase> layer_from_config(const json& serialized, const std::string& where) {
    const std::string class_name = string_member(serialized, "class_name", inside(where, "a layer"));
    if (is_model_class(class_name)) return model_from_config(serialized, where).base();

    const std::string unnamed = inside(where, "a layer of class '" + class_name.substr(0, 64) + "'");
    if (class_name == "function" || class_name == "__lambda__") {
        throw ValueError(unnamed + ": " + shown(serialized.value("config", json())) + " of module " +
                         shown(serialized.value("module", json())) +
                         " where a layer is wanted; nothing that a file names is called");
    }
    const json& config = member(serialized, "config", unnamed);
    const std::string name = name_in_config(config, unnamed);
    const std::string here =
        name.empty() ? unnamed : inside(where, "layer '" + name + "' (" + class_name.substr(0, 64) + ")");
    std::shared_ptr<LayerBase> layer = CustomObjectScope::make(class_name);
    if (!layer) {
        refuse_foreign(serialized, class_name, here);
        layer = LayerRegistry::instance().make(class_name);
    }
    if (!layer) {
        throw ValueError(here + ": the class is unknown; the nearest known one is '" + nearest_class(class_name) + "'");
    }
    read_fields(*layer, modern(class_name, config), here);
    try {
        layer->finish_construction(name);
    } catch (const ValueError& error) {
        throw ValueError(inside(where, error.what()));
    }
    return layer;
}

json layer_config(LayerBase& layer) {
    if (auto* model = dynamic_cast<ModelBase*>(&layer)) return model_config(*model);
    json config = {{"name", layer.name()}};
    const bool is_input = layer.class_name() == "InputLayer";
    if (is_input) {
        config.update({{"dtype", "float32"}, {"sparse", false}, {"ragged", false}, {"optional", false}});
    } else {
        config["dtype"] = policy_config(layer);
        if (layer.has_trainable_argument()) config["trainable"] = layer.trainable();
    }
    FieldWriter writer(config);
    layer.describe(writer);
    if (layer.activity_regularizer()) writer.field("activity_regularizer", layer.activity_regularizer());
    json serialized = serialized_form(layer.class_name(), std::move(config));
    if (const auto* custom = dynamic_cast<const CustomLayer*>(&layer)) {
        serialized["module"] = nullptr;
        serialized["registered_name"] = custom->registered_name();
    } else if (const auto* outside = dynamic_cast<const DefinedIn*>(&layer)) {
        serialized["module"] = outside->module();
        serialized["registered_name"] = layer.class_name();
    }
    const std::vector<Shape>& shapes = layer.build_shapes();
    if (layer.has_build() && shapes.size() == 1)
        serialized["build_config"] = {{"input_shape", shape_config(shapes[0])}};
    return serialized;
}

}  // namespace markhor::formats
