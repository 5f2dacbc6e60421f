// Whole models in .h5, read: "model_config" is the model, "training_config" what it was compiled with.
#include <markhor/error.hpp>

#include "formats/compile_config.hpp"
#include "formats/config.hpp"
#include "formats/image_input_json.hpp"
#include "formats/json.hpp"
#include "formats/legacy_h5.hpp"
#include "formats/optimizer_state.hpp"
#include "formats/saved_model.hpp"
#include "layers/pending_weights.hpp"
#include "model/model_base.hpp"

namespace markhor::formats {
namespace {

/// TensorFlow's older optimizers filed all weights' first slots, then all second ones; Keras's own order is weight by
/// weight.
void order_by_weight(std::vector<std::string>& names, std::size_t weights) {
    const bool is_older = !names.empty() && names[0].ends_with("/iter:0");
    if (!is_older || weights == 0 || (names.size() - 1) % weights != 0) return;
    const std::size_t slots = (names.size() - 1) / weights;
    std::vector<std::string> ordered = {names[0]};
    for (std::size_t weight = 0; weight < weights; ++weight) {
        for (std::size_t slot = 0; slot < slots; ++slot) ordered.push_back(names[1 + slot * weights + weight]);
    }
    names = std::move(ordered);
}

void read_legacy_state(const h5::Group& group, const ModelBase& model, const ReadLimits& limits) {
    std::vector<std::string> names = group.texts("weight_names").value_or(std::vector<std::string>());
    order_by_weight(names, model.trainable_weights().size());
    if (names.empty()) return;
    const std::vector<VariablePtr> expected = expected_state(model, names.size(), group.where("weight_names"), limits);
    if (expected.empty()) return;
    IncomingWeights incoming(IncomingWeights::Into::copies);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const h5::Dataset data = group.data_at(names[i]);
        // As many in another order, that of a Keras of 2017: Keras warns too.
        if (const std::string misfit = IncomingWeights::misfit(data, expected[i]); !misfit.empty()) {
            limits.warn(misfit + "; the optimizer starts anew");
            return;
        }
        incoming.read(data, expected[i]);
    }
    incoming.commit();
}

}  // namespace

using nlohmann::json;

Model read_model_h5(ByteSource& source, const std::string& name, const ReadLimits& limits) {
    h5::File file(source, name);
    const h5::Group root = h5::Group::root(file);
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
    take_image_input(model, name + ": " + record_attribute, limits.warn,
                     [&] { return root.text(record_attribute, most_record_bytes); });
    const auto training = limits.compile ? root.text("training_config", JsonLimits().bytes) : std::nullopt;
    if (!training) return model;
    compile_as_saved(limits, name, [&] {
        const std::string place = name + ": training_config";
        const auto options = read_training_config(parse_json(*training, place), place);
        if (!options) return;
        model.compile(*options);
        if (model.model_base()->ready() && root.has("optimizer_weights")) {
            read_legacy_state(root.group("optimizer_weights"), *model.model_base(), limits);
        }
    });
    return model;
}

}  // namespace markhor::formats
