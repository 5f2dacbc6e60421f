#include "formats/load_weights.hpp"

#include <markhor/error.hpp>

#include "formats/hdf5/group.hpp"
#include "formats/legacy_h5.hpp"
#include "formats/saved_model.hpp"
#include "formats/weights_h5.hpp"
#include "model/weight_tree.hpp"

namespace markhor::formats {
namespace {

void read_any(ByteSource& source, const std::string& name, const ModelBase& model, const LoadWeightsOptions& options) {
    h5::File file(source, name);
    const h5::Group root = h5::Group::root(file);
    IncomingWeights incoming(IncomingWeights::Into::copies);
    if (holds_legacy_weights(root)) {
        read_legacy_weights(root, legacy_layers(model), options, incoming);
    } else if (root.has("model_weights")) {
        read_legacy_weights(root.group("model_weights"), legacy_layers(model), options, incoming);
    } else {
        if (options.by_name) {
            throw ValueError(name +
                             ": its layers have no names; by_name wants one of the older .h5 files, by Keras 1 or 2 "
                             "or Keras 3's save() to .h5");
        }
        read_weights_h5(root, weight_tree(model), options, incoming);
    }
    incoming.commit();
}

}  // namespace

void load_weights(const std::filesystem::path& file, const ModelBase& model, const LoadWeightsOptions& options) {
    if (file.extension() == ".keras") {
        const ZipReader archive(file);
        const auto weights = weights_source(archive, ReadLimits().memory);
        return read_any(*weights, weights_name(archive), model, options);
    }
    FileSource source(file);
    read_any(source, file.string(), model, options);
}

}  // namespace markhor::formats
