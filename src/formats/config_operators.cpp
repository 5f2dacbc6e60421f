#include "formats/config_operators.hpp"

#include <array>
#include <markhor/error.hpp>
#include <string_view>
#include <vector>

#include "formats/json.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

/// An operator by Keras 3's class and by the function that Keras 2 files as a TFOpLambda.
struct Operator {
    const char* class_name;
    std::array<const char*, 2> functions;
};
constexpr std::array<Operator, 7> operators = {{{"Add", {"__operators__.add", "math.add"}},
                                                {"Subtract", {"math.subtract", "subtract"}},
                                                {"Multiply", {"math.multiply", "multiply"}},
                                                {"Divide", {"math.truediv", "math.divide"}},
                                                {"Maximum", {"math.maximum", "maximum"}},
                                                {"Minimum", {"math.minimum", "minimum"}},
                                                {"ReLU", {"nn.relu", "relu"}}}};

std::string class_of_function(const std::string& function) {
    for (const Operator& op : operators) {
        for (const char* known : op.functions) {
            if (function == known) return op.class_name;
        }
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

/// scale * x + offset, for an operator of a tensor and a number.
json rescaling(const std::string& op, double number, bool number_first, const std::string& where) {
    if (op == "Add") return {{"scale", 1.0}, {"offset", number}};
    if (op == "Subtract" && number_first) return {{"scale", -1.0}, {"offset", number}};
    if (op == "Subtract") return {{"scale", 1.0}, {"offset", -number}};
    if (op == "Multiply") return {{"scale", number}, {"offset", 0.0}};
    if (op == "Divide" && !number_first && number != 0) return {{"scale", 1.0 / number}, {"offset", 0.0}};
    throw ValueError(where + ": the operator " + op + " of a tensor and a number is not supported");
}

json with_call(json layer, std::string_view class_name, json config, json argument) {
    config["name"] = layer.at("config").value("name", json());
    layer["module"] = "keras.layers";
    layer["class_name"] = class_name;
    layer["registered_name"] = nullptr;
    layer["config"] = std::move(config);
    layer["inbound_nodes"] = json::array({{{"args", json::array({std::move(argument)})}, {"kwargs", json::object()}}});
    return layer;
}

/// Keras 3's class of the operator, or nothing for what is a layer.
std::string operator_class(const json& serialized) {
    const json& class_name = serialized.value("class_name", json());
    if (!class_name.is_string()) return {};
    if (class_name == "TFOpLambda") {
        const json& function = serialized["config"].value("function", json());
        return function.is_string() ? class_of_function(function.get<std::string>()) : std::string();
    }
    const json& module = serialized.value("module", json());
    const bool is_operator = module == "keras.src.ops.numpy" || module == "keras.src.activations.activations";
    // The older .h5 names no modules: there the operator of two tensors differs from the layer by its two arguments.
    const json& nodes = serialized["inbound_nodes"];
    const bool has_two = nodes.is_array() && nodes.size() == 1 && nodes[0].is_object() && nodes[0].contains("args") &&
                         nodes[0]["args"].is_array() && nodes[0]["args"].size() == 2;
    if (!is_operator && !has_two) return {};
    std::string name = class_name == "TrueDivide" ? "Divide" : class_name.get<std::string>();
    for (const Operator& op : operators) {
        if (name == op.class_name) return name;
    }
    return {};
}

}  // namespace

std::optional<json> layer_for_operator(const json& serialized, const std::string& where) {
    if (!serialized.is_object() || !serialized.contains("config") || !serialized["config"].is_object())
        return std::nullopt;
    if (!serialized.contains("inbound_nodes")) return std::nullopt;
    const std::string op = operator_class(serialized);
    if (op.empty()) return std::nullopt;
    const json& nodes = serialized["inbound_nodes"];
    if (!nodes.is_array() || nodes.size() != 1)
        throw ValueError(where + ": the operator " + op + " is not called once");
    const std::vector<json> arguments = arguments_of(nodes[0], where);
    if (op == "ReLU" && arguments.size() == 1) {
        json config = json::object();
        for (const char* key : {"negative_slope", "max_value", "threshold"}) {
            if (serialized["config"].contains(key)) config[key] = serialized["config"][key];
        }
        return with_call(serialized, "ReLU", std::move(config), arguments[0]);
    }
    if (op == "ReLU" || arguments.size() != 2) {
        throw ValueError(where + ": the operator " + op + " has " + std::to_string(arguments.size()) + " arguments");
    }
    const bool number_first = arguments[0].is_number();
    if (number_first || arguments[1].is_number()) {
        const json& number = arguments[number_first ? 0 : 1];
        return with_call(serialized, "Rescaling", rescaling(op, number.get<double>(), number_first, where),
                         arguments[number_first ? 1 : 0]);
    }
    if (op == "Divide") throw ValueError(where + ": the operator Divide of two tensors is not supported");
    return with_call(serialized, op, json::object(), json::array({arguments[0], arguments[1]}));
}

}  // namespace markhor::formats
