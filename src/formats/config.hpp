// Keras's JSON configs of layers and models, read and written. Everything read is data: classes come from the closed
// list of the LayerRegistry, no module or function named in a config is ever looked up.
#pragma once

#include <markhor/model.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "layers/layer_base.hpp"

namespace markhor::formats {

/// A layer from its serialized form {"class_name", "config", …}, Keras 3's or Keras 2's; a model where the class is
/// one. `where` ("model.keras: model 'net'") starts the errors. Throws ValueError naming the layer and its class for a
/// class that is unknown (with the nearest known one), a Lambda, a value of a wrong type, or an option that this
/// library does not have.
std::shared_ptr<LayerBase> layer_from_config(const nlohmann::json& serialized, const std::string& where = {});
/// The serialized form, as Keras 3 writes it.
nlohmann::json layer_config(LayerBase& layer);

/// A Sequential or Functional model from its serialized form; a Sequential without an input shape stays unbuilt. Throws
/// as above, and for a graph that refers to calls that do not exist.
Model model_from_config(const nlohmann::json& serialized, const std::string& where = {});

}  // namespace markhor::formats
