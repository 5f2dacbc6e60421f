// Keras 3's .weights.h5: each layer's weights in /layers/<key>/vars/<i>, nested models' layers in
// /layers/<key>/layers/…
#pragma once

#include <filesystem>
#include <markhor/variable.hpp>
#include <string>
#include <vector>

#include "core/atomic_file.hpp"
#include "formats/hdf5/group.hpp"
#include "formats/incoming_weights.hpp"
#include "formats/optimizer_state.hpp"

namespace markhor::formats {

struct ReadLimits;

/// What one group of the file holds: a layer's weights, or (is_container) the groups of a model's layers.
struct WeightGroup {
    std::string key;   ///< in the file: "conv2d_1"; empty for the root
    std::string name;  ///< the layer's own
    std::vector<VariablePtr> weights;
    bool is_container = false;
    std::vector<WeightGroup>
        children;  ///< below "layers"; of a custom layer, which is no container, beside its own weights
};

/// Throws FileError where the file cannot be written; then it is as it was.
void write_weights_h5(const std::filesystem::path& file, const WeightGroup& root);
/// The same, and an optimizer's state, as the content of `to`, which is for the caller to commit.
void write_weights_part(const AtomicFile& to, const WeightGroup& root, const OptimizerState& optimizer);

/// Sets the weights from a source; errors start with `name`. Throws FileError naming the place for what is no HDF5, a
/// weight that is missing, surplus or of another shape or type, and for data that lies outside the file (links,
/// external or virtual storage). On an exception no weight has changed, unless they are read into place.
void read_weights_h5(ByteSource& source, const std::string& name, const WeightGroup& root, IncomingWeights::Into into);
/// The same from a file that is open, for whoever commits what came.
void read_weights_h5(const h5::Group& from, const WeightGroup& root, const LoadWeightsOptions& options,
                     IncomingWeights& incoming);

/// Sets the variables of a compiled model's optimizer from /optimizer/vars, where the file has them. Throws FileError
/// as above. Where their count is not that of the model's optimizer, which then starts anew, it warns, as Keras does.
void read_optimizer_h5(ByteSource& source, const std::string& name, const ModelBase& model, const ReadLimits& limits);

}  // namespace markhor::formats
