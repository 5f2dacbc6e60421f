#include "formats/fields_json.hpp"

#include <cmath>
#include <limits>
#include <markhor/activation_function.hpp>
#include <markhor/error.hpp>
#include <markhor/shape.hpp>

#include "formats/config.hpp"
#include "formats/json.hpp"
#include "layers/constraint.hpp"
#include "layers/regularizer.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;

bool fits_int64(const json& value) {
    return value.is_number_integer() &&
           !(value.is_number_unsigned() &&
             value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

/// The modules by which Keras names its own activations: "builtins" or none, and where they lie.
bool names_builtins(const json& module) {
    return module.is_null() || module == "builtins" || module == "keras.activations" ||
           module == "keras.src.activations.activations";
}

/// A regularizer or constraint: null, a name, or {"class_name", "config", …}.
template <class Handle>
Handle handle_from_config(const json& value, const std::string& where) {
    try {
        if (value.is_null()) return Handle();
        if (value.is_string()) return Handle(value.get<std::string>());
        const Handle named(string_member(value, "class_name", where));
        const json& config = member(value, "config", where);
        FieldReader reader(config, where);
        named.base()->describe(reader);
        for (const auto& [key, argument] : config.items()) {
            if (!reader.seen().contains(key)) throw ValueError("there is no argument '" + key + "'");
        }
        return Handle(named.base());  // which checks the arguments
    } catch (const ValueError& error) {
        const std::string message = error.what();
        throw ValueError(message.starts_with(where) ? message : where + ": " + message);
    }
}

template <class Handle>
json handle_config(const Handle& handle, const char* module) {
    if (!handle) return nullptr;
    json config = json::object();
    FieldWriter writer(config);
    handle.base()->describe(writer);
    return {{"module", module},
            {"class_name", handle.base()->class_name()},
            {"config", std::move(config)},
            {"registered_name", nullptr}};
}

}  // namespace

const json* FieldReader::find(const char* key) {
    seen_.insert(key);
    const auto found = config_.find(key);
    return found == config_.end() ? nullptr : &*found;
}

void FieldReader::refuse(const char* key, const json& value, const char* wanted) const {
    throw ValueError(where_ + ": '" + key + "' is " + shown(value) + "; " + wanted + " is wanted");
}

std::int64_t FieldReader::integer(const char* key, const json& value) const {
    // Keras 2 wrote BatchNormalization's axis as a list of one.
    const json& number = value.is_array() && value.size() == 1 ? value.front() : value;
    if (fits_int64(number)) return number.get<std::int64_t>();
    // An argument given as 2.0 in Python stays a float in the file.
    if (number.is_number_float()) {
        const double real = number.get<double>();
        if (real == std::floor(real) && std::abs(real) < 0x1p53) return static_cast<std::int64_t>(real);
    }
    refuse(key, value, "an integer");
}

double FieldReader::number(const char* key, const json& value) const {
    if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(key, value, "a number");
    return value.get<double>();
}

std::string FieldReader::text(const char* key, const json& value) const {
    if (value.is_string()) return value.get<std::string>();
    // A built-in function by name, as Keras writes an activation that was given as a function.
    if (value.is_object() && value.value("class_name", json()) == "function" && value.contains("config") &&
        value["config"].is_string() && names_builtins(value.value("module", json()))) {
        return value["config"].get<std::string>();
    }
    if (value.is_object() && value.value("class_name", json()) == "__lambda__") {
        throw ValueError(where_ + ": '" + key + "' holds Python code, which is never run or read");
    }
    if (value.is_object() && value.value("class_name", json()) == "function") {
        throw ValueError(where_ + ": '" + key + "' names the function " + shown(value.value("config", json())) +
                         " of module " + shown(value.value("module", json())) +
                         "; no function that a file names is looked up");
    }
    refuse(key, value, "a string");
}

void FieldReader::field(const char* key, bool& value) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_boolean()) refuse(key, *found, "true or false");
    value = found->get<bool>();
}

void FieldReader::field(const char* key, std::int64_t& value) {
    if (const json* found = find(key)) value = integer(key, *found);
}

void FieldReader::field(const char* key, double& value) {
    if (const json* found = find(key)) value = number(key, *found);
}

void FieldReader::field(const char* key, std::string& value) {
    const json* found = find(key);
    if (found && !found->is_null()) value = text(key, *found);
}

void FieldReader::field(const char* key, Ints& value) {
    const json* found = find(key);
    if (!found) return;
    if (found->is_null()) {
        value = Ints();
        return;
    }
    std::vector<std::int64_t> values;
    const auto take = [&](const json& item) { values.push_back(item.is_null() ? None : integer(key, item)); };
    if (!found->is_array()) {
        take(*found);
    } else {
        for (const json& item : *found) {
            if (!item.is_array()) {
                take(item);
                continue;
            }
            for (const json& inner : item) take(inner);  // ((top, bottom), (left, right))
        }
    }
    value = Ints(std::move(values));
}

void FieldReader::field(const char* key, Numbers& value) {
    const json* found = find(key);
    if (!found) return;
    std::vector<double> values;
    // Nested lists are of arrays with axes of size 1, which broadcast alike.
    const auto take = [&](const auto& self, const json& item) -> void {
        if (!item.is_array()) return values.push_back(number(key, item));
        for (const json& inner : item) self(self, inner);
    };
    if (!found->is_null()) take(take, *found);
    value = Numbers(std::move(values));
}

void FieldReader::field(const char* key, ActivationFunction& value) {
    const json* found = find(key);
    if (!found || found->is_null()) return;
    const json class_name = found->is_object() ? found->value("class_name", json()) : json();
    if (class_name.is_string() && class_name != "function" && class_name != "__lambda__") {
        value = Layer(layer_from_config(*found, where_ + ": '" + key + "'"));
    } else {
        value = text(key, *found);
    }
}

void FieldReader::field(const char* key, Initializer& value) {
    const json* found = find(key);
    if (found && !found->is_null()) value = initializer_from_config(*found, where_ + ": '" + key + "'");
}

void FieldReader::field(const char* key, Regularizer& value) {
    if (const json* found = find(key)) value = handle_from_config<Regularizer>(*found, where_ + ": '" + key + "'");
}

void FieldReader::field(const char* key, Constraint& value) {
    if (const json* found = find(key)) value = handle_from_config<Constraint>(*found, where_ + ": '" + key + "'");
}

void FieldReader::field(const char* key, std::optional<double>& value) {
    const json* found = find(key);
    if (!found) return;
    value.reset();
    if (!found->is_null()) value = number(key, *found);
}

void FieldReader::field(const char* key, std::optional<std::int64_t>& value) {
    const json* found = find(key);
    if (!found) return;
    value.reset();
    if (!found->is_null()) value = integer(key, *found);
}

void FieldReader::field(const char* key, std::optional<std::string>& value) {
    const json* found = find(key);
    if (!found) return;
    value.reset();
    if (!found->is_null()) value = text(key, *found);
}

void FieldWriter::field(const char* key, Ints& value) {
    json& written = config_[key];
    if (!value.is_set()) return;
    written = json::array();
    for (const std::int64_t item : value.values()) written.push_back(item == None ? json() : json(item));
}

void FieldWriter::pairs(const char* key, Ints& value) {
    const std::vector<std::int64_t>& values = value.values();
    if (values.size() <= 2) return field(key, value);  // one axis: Keras does not nest its only pair
    json& written = config_[key] = json::array();
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) written.push_back({values[i], values[i + 1]});
}

void FieldWriter::one_or_more(const char* key, Ints& value) {
    if (value.values().size() != 1) return open_sizes(key, value);
    config_[key] = value.values()[0];
}

void FieldWriter::field(const char* key, Numbers& value) {
    json& written = config_[key];
    if (value.values().size() == 1) {
        written = value.values()[0];
    } else if (value.is_set()) {
        written = value.values();
    }
}

void FieldWriter::field(const char* key, Regularizer& value) {
    config_[key] = handle_config(value, "keras.regularizers");
}

void FieldWriter::field(const char* key, Constraint& value) {
    config_[key] = handle_config(value, "keras.constraints");
}

void FieldWriter::field(const char* key, ActivationFunction& value) {
    config_[key] = value.layer() ? layer_config(*value.layer()) : json(value.name());
}

void FieldWriter::field(const char* key, Initializer& value) { config_[key] = initializer_config(value); }

Initializer initializer_from_config(const json& value, const std::string& where) {
    try {
        if (value.is_string()) return Initializer(value.get<std::string>());
        const std::string class_name = string_member(value, "class_name", where);
        std::map<std::string, double> arguments;
        std::map<std::string, std::string> text;
        for (const auto& [key, argument] : member(value, "config", where).items()) {
            if (argument.is_null() || key == "dtype") continue;
            if (argument.is_number()) {
                arguments[key] = argument.get<double>();
            } else if (argument.is_string()) {
                text[key] = argument.get<std::string>();
            } else {
                throw ValueError("its argument '" + key + "' is " + shown(argument) + "; a number or string is wanted");
            }
        }
        return Initializer::make(Initializer(class_name).class_name(), arguments, text);
    } catch (const ValueError& error) {
        const std::string message = error.what();
        throw ValueError(message.starts_with(where) ? message : where + ": " + message);
    }
}

json initializer_config(const Initializer& initializer) {
    json config = {{"seed", nullptr}};
    for (const auto& [key, value] : initializer.arguments()) {
        if (key == "seed") {
            config[key] = static_cast<std::int64_t>(value);
        } else {
            config[key] = value;
        }
    }
    for (const auto& [key, value] : initializer.text()) config[key] = value;
    static const std::set<std::string> seedless = {"Zeros", "Ones", "Constant", "Identity"};
    if (seedless.contains(initializer.class_name())) config.erase("seed");
    return {{"module", "keras.initializers"},
            {"class_name", initializer.class_name()},
            {"config", std::move(config)},
            {"registered_name", nullptr}};
}

}  // namespace markhor::formats
