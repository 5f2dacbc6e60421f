// A Flatten + Dense head exchanged for global pooling.
#include <algorithm>
#include <markhor/error.hpp>
#include <markhor/layers.hpp>
#include <markhor/slim.hpp>
#include <set>

#include "insight/model_parts.hpp"
#include "insight/rebuild.hpp"

namespace markhor::insight {
namespace {

/// The old head: a chain of layers, each with one reader.
struct OldHead {
    const LayerNode* flatten = nullptr;
    std::vector<const LayerNode*> between = {};  // Flatten and the last Dense
    const LayerNode* last = nullptr;             // Dense
};

OldHead find_head(const std::vector<LayerNode>& nodes, const std::string& model) {
    const auto flatten = std::ranges::find_if(nodes.rbegin(), nodes.rend(), [](const LayerNode& node) {
        return node.class_name() == "Flatten" && node.input_shapes[0].rank() == 4;
    });
    if (flatten == nodes.rend()) {
        throw ValueError(model +
                         ": the model has no Flatten of a two-dimensional map; there is no such head to replace");
    }
    static const std::set<std::string> simple = {"Dense",   "Dropout", "Activation",         "ReLU",
                                                 "Softmax", "ELU",     "BatchNormalization", "LeakyReLU"};
    OldHead head{.flatten = &*flatten};
    std::vector<const LayerNode*> chain;
    for (const LayerNode* node = head.flatten; !node->is_output;) {
        if (node->readers.size() != 1) {
            throw ValueError(model + ": what '" + node->name() +
                             "' gives is read by several layers; a head that is a chain to the output is wanted");
        }
        node = &nodes[static_cast<std::size_t>(node->readers[0])];
        if (!simple.contains(node->class_name())) {
            throw ValueError(model + ": the head has '" + node->name() + "' (" + node->class_name() +
                             "), which is not understood; Dense, Dropout, BatchNormalization and activations are");
        }
        chain.push_back(node);
    }
    const auto last = std::ranges::find_if(chain.rbegin(), chain.rend(),
                                           [](const LayerNode* node) { return node->class_name() == "Dense"; });
    if (last == chain.rend()) throw ValueError(model + ": no Dense follows '" + head.flatten->name() + "'");
    head.last = *last;
    head.between.assign(chain.begin(), std::ranges::find(chain, head.last));
    return head;
}

LayerPtr pooling(const ModelBase& model, const std::string& head, const LayerNode& flatten) {
    const std::string format = flatten.text("data_format");
    const auto named = [&](const std::string& name) { return free_name(model, name); };
    const layers::GlobalAveragePooling2D average({.data_format = format, .name = named("global_average_pooling2d")});
    if (head == "gap") return average.base();
    const layers::GlobalMaxPooling2D maximum({.data_format = format, .name = named("global_max_pooling2d")});
    if (head == "gmp") return maximum.base();
    const SymbolicTensor map = Input(flatten.input_shapes[0].without_batch(), {.name = named("map")});
    const layers::Concatenate both({.name = named("concatenate")});
    return Model({.inputs = {map}, .outputs = {both({average(map), maximum(map)})}, .name = named("pooling")}).base();
}

}  // namespace

std::vector<std::string> pooled_head_names() { return {"gap", "gmp", "both"}; }

Model replace_head(const Model& model, const std::string& head, double dropout) {
    const std::vector<std::string> known = pooled_head_names();
    if (std::ranges::find(known, head) == known.end())
        throw ValueError("there is no pooled head '" + head + "'; there are gap, gmp, both");
    const ModelBase& base = *model.model_base();
    const std::vector<LayerNode> nodes = layer_graph(base);
    const OldHead old = find_head(nodes, base.name());

    const auto is_between = [&](const LayerBase& layer) {
        return std::ranges::any_of(old.between, [&](const LayerNode* node) { return node->layer == &layer; });
    };
    bool dropped_out = dropout <= 0;
    const auto replace = [&](LayerBase& layer) -> std::optional<std::vector<LayerPtr>> {
        if (&layer == old.flatten->layer) return std::vector<LayerPtr>{pooling(base, head, *old.flatten)};
        if (&layer == old.last->layer) return std::vector<LayerPtr>{changed_layer(layer)};
        if (!is_between(layer)) return std::nullopt;
        if (dropped_out) return std::vector<LayerPtr>{};
        dropped_out = true;
        const std::string name = layer.class_name() == "Dropout" ? layer.name() : free_name(base, "dropout");
        return std::vector<LayerPtr>{layers::Dropout(dropout, {.name = name}).base()};
    };
    return rebuild(model, {.replace = replace});
}

}  // namespace markhor::insight
