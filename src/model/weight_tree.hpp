// A model's weights as Keras files them: by the path of containers and layers that leads to each.
#pragma once

#include "formats/weights_h5.hpp"
#include "model/model_base.hpp"

namespace markhor {

/// Layers are keyed by their snake-cased class, numbered within their model; a layer met twice is in the first place
/// only.
formats::WeightGroup weight_tree(const ModelBase& model);

}  // namespace markhor
