#include "formats/config_operators.hpp"

#include <array>
#include <markhor/error.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/config_model.hpp"
#include "formats/fields_json.hpp"
#include "formats/json.hpp"

namespace markhor::formats {
namespace {

using layers::Operator;
using nlohmann::json;

/// Keras 3's class for a function that Keras 2 files as a TFOpLambda; empty for another.
std::string class_of_function(const std::string& function) {
    static constexpr std::array<std::pair<const char*, const char*>, 14> classes = {{{"__operators__.add", "Add"},
                                                                                     {"math.add", "Add"},
                                                                                     {"math.subtract", "Subtract"},
                                                                                     {"subtract", "Subtract"},
                                                                                     {"math.multiply", "Multiply"},
                                                                                     {"multiply", "Multiply"},
                                                                                     {"math.truediv", "TrueDivide"},
                                                                                     {"math.divide", "Divide"},
                                                                                     {"math.maximum", "Maximum"},
                                                                                     {"maximum", "Maximum"},
                                                                                     {"math.minimum", "Minimum"},
                                                                                     {"minimum", "Minimum"},
                                                                                     {"nn.relu", "ReLU"},
                                                                                     {"relu", "ReLU"}}};
    for (const auto& [known, class_name] : classes) {
        if (function == known) return class_name;
    }
    return {};
}

bool is_history(const json& value) { return value.is_array() && value.size() >= 3 && value[0].is_string(); }

/// The arguments of a call in Keras 3's form: tensors and numbers.
std::vector<json> arguments_of(const json& node, const std::string& where) {
    std::vector<json> arguments;
    if (node.is_object()) {
        const json& args = member(node, "args", where);
        for (const json& argument : args) arguments.push_back(argument);
        return arguments;
    }
    // ["conv2d", 0, 0, {"y": ["conv2d_1", 0, 0], "name": null}]
    const auto as_tensor = [&](const json& value) {
        if (!is_history(value)) return value;
        return json{{"class_name", "__keras_tensor__"},
                    {"config", {{"keras_history", {value[0], value[1], value[2]}}}}};
    };
    if (!is_history(node)) throw ValueError(where + ": its call is " + shown(node) + ", which is not supported");
    arguments.push_back(as_tensor(node));
    if (node.size() > 3) {
        for (const auto& [key, value] : node[3].items()) {
            if (key == "y") arguments.push_back(as_tensor(value));
        }
    }
    return arguments;
}

/// The operation's class, or nothing for what is a layer.
std::string operator_class(const json& serialized) {
    const json& class_name = serialized.value("class_name", json());
    if (!class_name.is_string()) return {};
    const json& config = serialized["config"];
    if (class_name == "TFOpLambda") {
        const json& function = config.value("function", json());
        return function.is_string() ? class_of_function(function.get<std::string>()) : std::string();
    }
    const auto name = class_name.get<std::string>();
    const json& module = serialized.value("module", json());
    if (module.is_string()) return Operator::is_known(name, module.get<std::string>()) ? name : std::string();
    // Whole-model .h5 files name no modules. There an operation differs from a layer of its name by its calls, which
    // may have two arguments, and by its config without what every layer's has.
    const json& nodes = serialized["inbound_nodes"];
    const bool has_args = nodes.is_array() && nodes.size() == 1 && nodes[0].is_object() && nodes[0].contains("args") &&
                          nodes[0]["args"].is_array();
    const bool has_two = has_args && nodes[0]["args"].size() == 2;
    const bool is_bare = has_args && !config.contains("trainable") && !config.contains("dtype");
    return (has_two || is_bare) && Operator::is_known(name) ? name : std::string();
}

/// scale * x + offset, for an operation on a tensor and a number; nothing where it is not of this form.
std::optional<json> rescaling(const std::string& op, double number, bool number_first) {
    if (op == "Add") return json{{"scale", 1.0}, {"offset", number}};
    if (op == "Subtract" && number_first) return json{{"scale", -1.0}, {"offset", number}};
    if (op == "Subtract") return json{{"scale", 1.0}, {"offset", -number}};
    if (op == "Multiply") return json{{"scale", number}, {"offset", 0.0}};
    if (op.ends_with("Divide") && !number_first) return json{{"scale", 1.0 / number}, {"offset", 0.0}};
    return std::nullopt;
}

json with_layer(json entry, std::string_view class_name, const json& arguments, json argument) {
    json config = {{"name", entry["name"]}, {"trainable", true}, {"dtype", "float32"}};
    config.update(arguments);
    entry["class_name"] = class_name;
    entry["config"] = std::move(config);
    entry["inbound_nodes"][0]["args"] = json::array({std::move(argument)});
    return entry;
}

}  // namespace

std::optional<ReadOperator> read_operator(const json& serialized, const std::string& where) {
    if (!serialized.is_object() || !serialized.contains("config") || !serialized["config"].is_object())
        return std::nullopt;
    if (!serialized.contains("inbound_nodes")) return std::nullopt;
    const std::string class_name = operator_class(serialized);
    if (class_name.empty()) return std::nullopt;
    const json& nodes = serialized["inbound_nodes"];
    if (!nodes.is_array() || nodes.size() != 1)
        throw ValueError(where + ": the operation " + class_name + " is not called once");
    const std::string name = name_in_config(serialized["config"], where);
    const std::string here = inside(where, "operation '" + name + "' (" + class_name + ")");

    json tensors = json::array();
    std::vector<Operator::Argument> arguments;
    for (const json& argument : arguments_of(nodes[0], here)) {
        if (argument.is_number()) {
            arguments.emplace_back(argument.get<double>());
        } else {
            arguments.emplace_back(std::nullopt);
            tensors.push_back(argument);
        }
    }
    auto operation = std::make_shared<Operator>(class_name, std::move(arguments));
    FieldReader reader(serialized["config"], here);
    operation->describe(reader);
    located(where, [&] { operation->finish_construction(name); });
    json entry = {{"inbound_nodes", {{{"args", {tensors}}, {"kwargs", json::object()}}}}};
    if (serialized.contains("name")) entry["name"] = serialized["name"];
    return ReadOperator{std::move(operation), std::move(entry)};
}

json operator_config(Operator& operation) {
    json config = {{"name", operation.name()}};
    FieldWriter writer(config);
    operation.describe(writer);
    return {{"module", operation.module()},
            {"class_name", operation.class_name()},
            {"config", std::move(config)},
            {"registered_name", operation.class_name()}};
}

json operator_arguments(const Operator& operation, const json& tensors) {
    json arguments = json::array();
    std::size_t next = 0;
    for (const Operator::Argument& argument : operation.arguments())
        arguments.push_back(argument ? json(*argument) : tensors[next++]);
    return arguments;
}

json with_layer_for_operator(json entry) {
    if (!entry.contains("module") || !entry["module"].is_string()) return entry;
    const std::string op = entry["class_name"].get<std::string>();
    if (!Operator::is_known(op, entry["module"].get<std::string>())) return entry;
    const json arguments = entry["inbound_nodes"][0]["args"];
    if (arguments.size() == 2) {
        const bool number_first = arguments[0].is_number();
        if (number_first || arguments[1].is_number()) {
            const double number = arguments[number_first ? 0 : 1].get<double>();
            const std::optional<json> scaled = rescaling(op, number, number_first);
            return scaled ? with_layer(std::move(entry), "Rescaling", *scaled, arguments[number_first ? 1 : 0]) : entry;
        }
        return op.ends_with("Divide") ? entry : with_layer(std::move(entry), op, json::object(), arguments);
    }
    if (op == "ReLU" || op == "Softmax") {
        json config = entry["config"];
        return with_layer(std::move(entry), op, config, arguments[0]);
    }
    const char* activation = Operator::activation_of(op);
    if (!activation) return entry;
    return with_layer(std::move(entry), "Activation", {{"activation", activation}}, arguments[0]);
}

}  // namespace markhor::formats
