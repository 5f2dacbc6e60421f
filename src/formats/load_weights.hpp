// Model::load_weights(): which of Keras's files it is.
#pragma once

#include <filesystem>
#include <markhor/model.hpp>

namespace markhor {
class ModelBase;
}

namespace markhor::formats {

/// Sets the weights of a model that is built from a .keras, a .weights.h5 or an older .h5, as Model::load_weights()
/// says.
void load_weights(const std::filesystem::path& file, const ModelBase& model, const LoadWeightsOptions& options);

}  // namespace markhor::formats
