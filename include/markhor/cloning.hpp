// keras.models.clone_model.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <markhor/model.hpp>

namespace markhor {

/// The same network, its layers made again from their arguments, under the same names: weights of its own with new
/// first values, not compiled. Layers used twice are shared in it, too; models within it are cloned with it. The values
/// can follow: copy.set_weights(model.get_weights()).
/// https://keras.io/api/models/model_saving_apis/model_saving_and_loading/#clone_model-function
Model clone_model(const Model& model);
/// A Sequential's is one.
Sequential clone_model(const Sequential& model);

}  // namespace markhor
