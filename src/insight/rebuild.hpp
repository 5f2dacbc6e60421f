// A model made again, layer by layer: the same network for another size of input, or with layers changed, replaced or
// left out. The model it is made of stays as it is.
#pragma once

#include <functional>
#include <markhor/model.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "layers/layer_base.hpp"

namespace markhor::insight {

using LayerPtr = std::shared_ptr<LayerBase>;

struct RebuildOptions {
    /// What stands in a layer's place: new layers, one after the other (none: its input is handed on); or nothing, for
    /// a copy of it with its weights. Asked once a layer, also of those within models; not for models, inputs,
    /// operators.
    std::function<std::optional<std::vector<LayerPtr>>(LayerBase&)> replace = {};
    std::optional<Shape> input_shape = std::nullopt;  ///< of the one input, without batch; default: as it is
    /// False: weights get memory but no values, for what is counted and not run.
    bool weights = true;
};

/// Keeps names, and a Sequential stays one. Weights whose shape follows the input's are initialised anew where it
/// changes. Throws ShapeError where another input does not fit the network, ValueError for a model without an input
/// shape, or where `input_shape` is given and it has several inputs.
Model rebuild(const Model& model, const RebuildOptions& options = {});

/// A layer like this one, not built: its config with these options changed.
LayerPtr changed_layer(LayerBase& layer, const nlohmann::json& changes = nlohmann::json::object());

/// `name`, or with _1, _2, … behind it the first that no layer of the model has.
std::string free_name(const ModelBase& model, const std::string& name);

}  // namespace markhor::insight
