// What the config readers and writers of layers and of models share.
#pragma once

#include <markhor/error.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "model/functional.hpp"

namespace markhor::formats {

bool is_model_class(std::string_view class_name);

/// A Sequential's or Functional's serialized form; its layers' through layer_config().
nlohmann::json model_config(ModelBase& model);

/// {"module", "class_name", "config", "registered_name"} of one of Keras's own classes.
nlohmann::json serialized_form(std::string_view class_name, nlohmann::json config);
/// The dtype policy of a layer or model, as it stands in its config; and from there, for a config that has one. Throws
/// ValueError, starting with `where`, for a policy that is unknown.
nlohmann::json policy_config(const LayerBase& layer);
void read_policy(LayerBase& layer, const nlohmann::json& config, const std::string& where);
/// [null, 28, 28, 1]
nlohmann::json shape_config(const Shape& shape);
/// Throws ValueError for what is no list of sizes.
Shape shape_from_config(const nlohmann::json& value, const std::string& where);
/// Throws ValueError for more layers than a model of a file may have.
void check_layer_count(std::size_t count, const std::string& where);

/// The config's "name", or nothing. Throws ValueError, starting with `where`, where it is no string or the config no
/// object.
std::string name_in_config(const nlohmann::json& config, const std::string& where);
/// "where: what", or `what` alone.
std::string inside(const std::string& where, const std::string& what);

/// Runs body(); an error in it gets `where` in front, unless it starts with that already.
template <class Body>
auto located(const std::string& where, const Body& body) {
    const auto with_place = [&](const std::string& message) {
        return message.starts_with(where) ? message : inside(where, message);
    };
    try {
        return body();
    } catch (const ShapeError& error) {
        throw ShapeError(with_place(error.what()));
    } catch (const ValueError& error) {
        throw ValueError(with_place(error.what()));
    }
}

/// Replays the calls in a Functional's config.
Model functional_from_config(const nlohmann::json& config, const std::string& name, const std::string& where);
/// "layers", "input_layers" and "output_layers" of a Functional.
void write_functional(const FunctionalModel& model, nlohmann::json& config);

}  // namespace markhor::formats
