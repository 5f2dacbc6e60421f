// Filters dropped by the scale that BatchNormalization gives them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <markhor/error.hpp>
#include <markhor/slim.hpp>
#include <numeric>
#include <set>

#include "insight/model_parts.hpp"
#include "insight/rebuild.hpp"

namespace markhor::insight {
namespace {

using Kept = std::vector<std::size_t>;  // channels, ascending

/// Where a convolution's channels go, one by one, until a layer mixes them.
struct Path {
    std::vector<const LayerNode*> channelwise;  // with weights of their own: BatchNormalization, DepthwiseConv2D
    const LayerNode* scale = nullptr;           // the first BatchNormalization
    const LayerNode* mixer = nullptr;
};

class Pruner {
public:
    Pruner(const Model& model, double share) : model_(model), nodes_(layer_graph(*model.model_base())), share_(share) {}

    Pruned run() {
        std::int64_t layers = 0;
        std::int64_t filters = 0;
        for (const LayerNode& node : nodes_) {
            if (!is_mixing_convolution(node) || !is_called_once(nodes_, node)) continue;
            const Path path = follow(node);
            if (path.mixer == nullptr || path.scale == nullptr) continue;
            const auto all = static_cast<std::size_t>(node.shape.back());
            const Kept kept = largest(*path.scale, all);
            if (kept.size() == all) continue;
            outputs_[node.layer] = kept;
            for (const LayerNode* layer : path.channelwise) outputs_[layer->layer] = kept;
            inputs_[path.mixer->layer] = {kept, all};
            ++layers;
            filters += static_cast<std::int64_t>(all - kept.size());
        }
        Model pruned = rebuild(model_, {.replace = [&](LayerBase& layer) { return replacement(layer); }});
        for (const auto& [old, made] : replaced_) {
            for (const VariablePtr& weight : old->weights()) set_values(*made, weight->name, sliced(*old, *weight));
        }
        return {std::move(pruned), layers, filters};
    }

private:
    struct Input {
        Kept kept;
        std::size_t all = 0;
    };

    const LayerNode& at(int place) const { return nodes_[static_cast<std::size_t>(place)]; }

    static bool is_mixing_convolution(const LayerNode& node) {
        return node.class_name() == "Conv2D" && node.config.value("groups", 1) == 1 &&
               node.text("data_format") == "channels_last";
    }

    static bool keeps_channels_apart(const LayerNode& node) {
        static const std::set<std::string> names = {"Activation",
                                                    "ReLU",
                                                    "LeakyReLU",
                                                    "ELU",
                                                    "MaxPooling2D",
                                                    "AveragePooling2D",
                                                    "GlobalAveragePooling2D",
                                                    "GlobalMaxPooling2D",
                                                    "ZeroPadding2D",
                                                    "Cropping2D",
                                                    "UpSampling2D",
                                                    "Flatten"};
        if (node.text("activation") == "softmax" || node.text("data_format") == "channels_first") return false;
        return passes_on(node) || names.contains(node.class_name());
    }

    Path follow(const LayerNode& start) const {
        Path path;
        const LayerNode* node = &start;
        while (true) {
            if (node->is_output || node->readers.size() != 1 || !is_called_once(nodes_, *node)) return {};
            node = &at(node->readers[0]);
            if (is_mixing_convolution(*node) || node->class_name() == "Dense") {
                if (node->class_name() == "Dense" && node->input_shapes[0].rank() != 2) return {};
                if (is_called_once(nodes_, *node)) path.mixer = node;
                return path;
            }
            if (normalizes_last_axis(*node) && node->input_shapes[0].rank() == 4) {
                if (path.scale == nullptr && weight_of(*node->layer, "gamma")) path.scale = node;
                path.channelwise.push_back(node);
            } else if (node->class_name() == "DepthwiseConv2D" && node->config.value("depth_multiplier", 1) == 1 &&
                       node->text("data_format") == "channels_last") {
                path.channelwise.push_back(node);
            } else if (!keeps_channels_apart(*node)) {
                return {};
            }
        }
    }

    Kept largest(const LayerNode& scale, std::size_t all) const {
        const std::vector<float> gamma = values_of(*scale.layer, "gamma");
        Kept order(all);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return std::abs(gamma[i]); });
        const auto dropped = static_cast<std::size_t>(share_ * static_cast<double>(all));
        order.resize(std::max<std::size_t>(1, all - dropped));
        std::ranges::sort(order);
        return order;
    }

    std::optional<std::vector<LayerPtr>> replacement(LayerBase& layer) {
        const auto output = outputs_.find(&layer);
        if (output == outputs_.end() && !inputs_.contains(&layer)) return std::nullopt;
        nlohmann::json changes = nlohmann::json::object();
        if (output != outputs_.end() && layer.class_name() == "Conv2D") changes["filters"] = output->second.size();
        const LayerPtr made = changed_layer(layer, changes);
        replaced_.emplace_back(&layer, made);
        return std::vector<LayerPtr>{made};
    }

    /// A kernel (…, inputs, outputs) or a vector (channels,), with the kept ones. A Flatten before a Dense repeats the
    /// channels for each position.
    std::vector<float> sliced(const LayerBase& layer, const Variable& weight) const {
        const std::span<const float> values = std::as_const(weight.value).data<float>();
        const bool is_kernel = weight.value.shape().rank() > 1;
        const bool depthwise = layer.class_name() == "DepthwiseConv2D";
        const auto columns = static_cast<std::size_t>(depthwise ? 1 : weight.value.shape().back());
        const auto output = outputs_.find(&layer);
        const auto input = inputs_.find(&layer);
        const auto is_kept = [](const Kept& kept, std::size_t i) { return std::ranges::binary_search(kept, i); };
        std::vector<float> result;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (depthwise && is_kernel) {
                const auto channels = static_cast<std::size_t>(weight.value.shape()[2]);
                if (!is_kept(output->second, i % channels)) continue;
            } else {
                if (output != outputs_.end() && !is_kept(output->second, depthwise ? i : i % columns)) continue;
                if (is_kernel && input != inputs_.end() &&
                    !is_kept(input->second.kept, i / columns % input->second.all))
                    continue;
            }
            result.push_back(values[i]);
        }
        return result;
    }

    const Model& model_;
    std::vector<LayerNode> nodes_;
    double share_;
    std::map<const LayerBase*, Kept> outputs_;
    std::map<const LayerBase*, Input> inputs_;
    std::vector<std::pair<LayerBase*, LayerPtr>> replaced_;
};

}  // namespace

Pruned prune_filters(const Model& model, double share) {
    if (!(share >= 0 && share < 1)) {
        throw ValueError("prune: a share of " + fmt::format("{}", share) + " was given; from 0 to below 1 is wanted");
    }
    return Pruner(model, share).run();
}

}  // namespace markhor::insight
