// The weights of Keras's older .h5 files: a group for each layer by its name, in which "weight_names" says which
// datasets, in which order. Keras 1 and 2 wrote them alone too (save_weights); whole models hold them in
// /model_weights.
#pragma once

#include <filesystem>
#include <markhor/model.hpp>
#include <markhor/variable.hpp>
#include <string>
#include <vector>

#include "formats/hdf5/group.hpp"
#include "formats/incoming_weights.hpp"

namespace markhor {
class ModelBase;
}

namespace markhor::formats {

/// A layer of the model, or a model among its layers with all it holds: weights that training changes first, as these
/// files have them.
struct LegacyLayer {
    std::string name;
    std::vector<VariablePtr> weights;
};
std::vector<LegacyLayer> legacy_layers(const ModelBase& model);

/// Throws FileError as read_weights_h5() does.
void read_legacy_weights(const h5::Group& group, const std::vector<LegacyLayer>& layers,
                         const LoadWeightsOptions& options, IncomingWeights& incoming);
/// Whether the root of a file is such a group: "layer_names" stands there.
bool holds_legacy_weights(const h5::Group& root);

}  // namespace markhor::formats
