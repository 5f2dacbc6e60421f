#include <algorithm>
#include <markhor/error.hpp>
#include <markhor/layer.hpp>

#include "formats/legacy_h5.hpp"
#include "model/model_base.hpp"

namespace markhor::formats {
namespace {

struct SavedLayer {
    std::string name;
    h5::Group group;
    std::vector<std::string> weights;  // paths below the group
};

std::vector<SavedLayer> saved_layers(const h5::Group& group) {
    const auto names = group.texts("layer_names");
    if (!names) group.fail("the attribute 'layer_names' is missing");
    std::vector<SavedLayer> layers;
    for (const std::string& name : *names) {
        h5::Group of_layer = group.group(name);
        const auto weights = of_layer.texts("weight_names");
        if (!weights) of_layer.fail("the attribute 'weight_names' is missing");
        if (!weights->empty()) layers.push_back({name, std::move(of_layer), *weights});
    }
    return layers;
}

void read_layer(const SavedLayer& saved, const LegacyLayer& layer, const LoadWeightsOptions& options,
                IncomingWeights& incoming) {
    if (saved.weights.size() != layer.weights.size()) {
        return skip_or_throw(options, saved.group.here() + ": it holds " + std::to_string(saved.weights.size()) +
                                          " weights; layer '" + layer.name + "' has " +
                                          std::to_string(layer.weights.size()));
    }
    for (std::size_t i = 0; i < saved.weights.size(); ++i) {
        const h5::Dataset data = saved.group.data_at(saved.weights[i]);
        const std::string misfit = IncomingWeights::misfit(data, layer.weights[i]);
        if (misfit.empty()) {
            incoming.read(data, layer.weights[i]);
        } else {
            skip_or_throw(options, misfit);
        }
    }
}

}  // namespace

std::vector<LegacyLayer> legacy_layers(const ModelBase& model) {
    std::vector<LegacyLayer> layers;
    for (const auto& base : model.layers()) {
        const Layer layer(base);
        LegacyLayer legacy = {layer.name(), layer.trainable_weights()};
        std::ranges::copy(layer.non_trainable_weights(), std::back_inserter(legacy.weights));
        layers.push_back(std::move(legacy));
    }
    return layers;
}

bool holds_legacy_weights(const h5::Group& root) {
    return root.has_attribute("layer_names") || root.has_attribute("layer_names0");
}

void read_legacy_weights(const h5::Group& group, const std::vector<LegacyLayer>& layers,
                         const LoadWeightsOptions& options, IncomingWeights& incoming) {
    const std::vector<SavedLayer> saved = saved_layers(group);
    if (options.by_name) {
        for (const SavedLayer& from : saved) {
            const auto layer = std::ranges::find(layers, from.name, &LegacyLayer::name);
            if (layer != layers.end()) read_layer(from, *layer, options, incoming);
        }
        return;
    }
    std::vector<const LegacyLayer*> weighted;
    for (const LegacyLayer& layer : layers) {
        if (!layer.weights.empty()) weighted.push_back(&layer);
    }
    if (saved.size() != weighted.size()) {
        group.fail("it holds the weights of " + std::to_string(saved.size()) + " layers; the model has " +
                   std::to_string(weighted.size()) + " layers with weights");
    }
    for (std::size_t i = 0; i < saved.size(); ++i) read_layer(saved[i], *weighted[i], options, incoming);
}

}  // namespace markhor::formats
