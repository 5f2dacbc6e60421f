// Whole models in .h5, read: "model_config" is the model, "training_config" what it was compiled with.
#include <markhor/error.hpp>

#include "formats/config.hpp"
#include "formats/json.hpp"
#include "formats/legacy_h5.hpp"
#include "formats/saved_model.hpp"
#include "layers/pending_weights.hpp"
#include "model/model_base.hpp"

namespace markhor::formats {

using nlohmann::json;

Model read_model_h5(ByteSource& source, const std::string& name, const ReadLimits& limits) {
    const std::lock_guard lock(hdf5_mutex());
    const H5Quiet quiet;
    const H5File file(source);
    const H5Group root = H5Group::root(file, name);
    const auto text = root.text("model_config", JsonLimits().bytes);
    if (!text) {
        throw FileError(name +
                        (holds_legacy_weights(root) || root.has("layers")
                             ? ": it holds weights but no model; load_weights() of a model built like theirs reads them"
                             : ": the attribute 'model_config' is missing; it holds no model"));
    }
    const std::string where = name + ": model_config";
    const json config = parse_json(*text, where);
    const PendingWeights pending(static_cast<std::size_t>(most_weight_bytes(source.size(), limits)));
    Model model = model_from_config(config, where);
    if (model.model_base()->ready()) {
        IncomingWeights incoming(IncomingWeights::Into::place);
        read_legacy_weights(root.group("model_weights"), legacy_layers(*model.model_base()), {}, incoming);
    }
    return model;
}

}  // namespace markhor::formats
