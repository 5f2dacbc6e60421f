#include <algorithm>
#include <markhor/error.hpp>
#include <set>

#include "formats/hdf5/group.hpp"
#include "formats/weights_h5.hpp"
#include "layers/layer_base.hpp"

namespace markhor::formats {
namespace {

/// Whether Keras files a layer or model under such a key: a class's, numbered from the second on.
bool is_layer_key(const std::string& key) {
    static const std::set<std::string> keys = [] {
        std::set<std::string> all = {"functional", "sequential"};
        for (const std::string& name : LayerRegistry::instance().class_names()) all.insert(to_snake_case(name));
        return all;
    }();
    if (keys.contains(key)) return true;
    const std::size_t cut = key.find_last_not_of("0123456789");
    return cut != std::string::npos && cut + 1 < key.size() && key[cut] == '_' && keys.contains(key.substr(0, cut));
}

class Reader {
public:
    Reader(IncomingWeights& incoming, const LoadWeightsOptions& options) : incoming_(incoming), options_(options) {}

    void read_group(const h5::Group& from, const WeightGroup& group) {
        if (group.is_container) return read_children(from, group);
        for (const WeightGroup& part : group.children) {
            if (from.has(part.key)) {
                read_group(from.group(part.key), part);
            } else {
                missing(from, part.key, "the weights of layer", part);
            }
        }
        read_own(from, group);
    }

private:
    void missing(const h5::Group& from, const std::string& name, const char* what, const WeightGroup& group) const {
        skip_or_throw(options_, from.where(name) + ": missing; " + what + " '" + group.name + "' are wanted here");
    }

    /// All of the layer's own weights, or none.
    void read_own(const h5::Group& from, const WeightGroup& group) {
        if (!from.has("vars")) {
            if (!group.weights.empty()) missing(from, "vars", "the weights of layer", group);
            return;
        }
        const h5::Group vars = from.group("vars");
        const std::size_t count = vars.names().size();
        if (count != group.weights.size()) {
            return skip_or_throw(options_, vars.here() + ": it holds " + std::to_string(count) + " weights; layer '" +
                                               group.name + "' has " + std::to_string(group.weights.size()));
        }
        std::vector<h5::Dataset> found;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string name = std::to_string(i);
            if (!vars.has(name)) {
                return skip_or_throw(
                    options_, vars.where(name) + ": missing; the weight " + group.weights[i]->path + " is wanted here");
            }
            found.push_back(vars.data(name));
            const std::string misfit = IncomingWeights::misfit(found.back(), group.weights[i]);
            if (!misfit.empty()) return skip_or_throw(options_, misfit);
        }
        for (std::size_t i = 0; i < count; ++i) incoming_.read(found[i], group.weights[i]);
    }

    void read_children(const h5::Group& from, const WeightGroup& group) {
        // The second is what Keras 2.12 and 2.13 wrote.
        std::string name = "layers";
        if (!from.has(name) && from.has("_layer_checkpoint_dependencies")) name = "_layer_checkpoint_dependencies";
        if (!from.has(name)) {
            if (has_weights(group)) missing(from, name, "the layers of", group);
            return;
        }
        const h5::Group layers = from.group(name);
        for (const WeightGroup& child : group.children) {
            if (layers.has(child.key)) {
                read_group(layers.group(child.key), child);
            } else if (has_weights(child)) {
                missing(layers, child.key, "the weights of layer", child);
            }
        }
        if (!options_.skip_mismatch) refuse_surplus(layers, group);
    }

    static bool has_weights(const WeightGroup& group) {
        return !group.weights.empty() || std::ranges::any_of(group.children, has_weights);
    }

    /// Weights of a layer that the model does not have mean that the file is another model's. What no layer is filed
    /// under, and groups without weights, are no matter.
    static void refuse_surplus(const h5::Group& layers, const WeightGroup& group) {
        for (const std::string& name : layers.names()) {
            if (std::ranges::any_of(group.children, [&](const WeightGroup& child) { return child.key == name; }))
                continue;
            if (!is_layer_key(name) || !layers.has(name)) continue;
            const h5::Group surplus = layers.group(name);
            const bool holds = surplus.has("layers") || (surplus.has("vars") && !surplus.group("vars").names().empty());
            if (holds) surplus.fail("weights that '" + group.name + "' has no layer for");
        }
    }

    IncomingWeights& incoming_;
    const LoadWeightsOptions& options_;
};

}  // namespace

void read_weights_h5(ByteSource& source, const std::string& name, const WeightGroup& root, IncomingWeights::Into into) {
    IncomingWeights incoming(into);
    h5::File file(source, name);
    read_weights_h5(h5::Group::root(file), root, {}, incoming);
    incoming.commit();
}

void read_weights_h5(const h5::Group& from, const WeightGroup& root, const LoadWeightsOptions& options,
                     IncomingWeights& incoming) {
    Reader(incoming, options).read_group(from, root);
}

void read_optimizer_h5(ByteSource& source, const std::string& name, const ModelBase& model, const ReadLimits& limits) {
    h5::File file(source, name);
    const h5::Group root = h5::Group::root(file);
    if (!root.has("optimizer")) return;
    const h5::Group optimizer = root.group("optimizer");
    if (!optimizer.has("vars")) return;
    const h5::Group vars = optimizer.group("vars");
    const std::size_t count = vars.names().size();
    if (count == 0) return;
    const std::vector<VariablePtr> expected = expected_state(model, count, optimizer.where("vars"), limits);
    if (expected.empty()) return;
    IncomingWeights incoming(IncomingWeights::Into::copies);
    for (std::size_t i = 0; i < count; ++i) incoming.read(vars.data(std::to_string(i)), expected[i]);
    incoming.commit();
}

}  // namespace markhor::formats
