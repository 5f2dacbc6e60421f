// BatchNormalization folded into the weights of its neighbours.
#include <algorithm>
#include <map>
#include <markhor/slim.hpp>
#include <set>

#include "insight/model_parts.hpp"
#include "insight/rebuild.hpp"

namespace markhor::insight {
namespace {

/// New weights of a layer, to be set once it is built.
struct NewWeights {
    LayerPtr layer;
    std::string kernel_name;
    std::vector<float> kernel;
    std::vector<float> bias;
};

class Folder {
public:
    explicit Folder(const Model& model) : model_(model), nodes_(layer_graph(*model.model_base())) {}

    Folded run() {
        for (const LayerNode& node : nodes_) {
            if (!normalizes_last_axis(node) || !is_called_once(nodes_, node)) continue;
            if (!into_layer_before(node)) into_layer_behind(node);
        }
        Model folded = rebuild(model_, {.replace = [&](LayerBase& layer) { return replacement(layer); }});
        for (const NewWeights& weights : new_weights_) {
            set_values(*weights.layer, weights.kernel_name, weights.kernel);
            set_values(*weights.layer, "bias", weights.bias);
        }
        return {std::move(folded), static_cast<std::int64_t>(dropped_.size())};
    }

private:
    /// A layer's weights as they are after what was folded so far.
    struct Working {
        std::string kernel_name;
        std::vector<float> kernel;
        std::vector<float> bias;
    };

    const LayerNode& at(int place) const { return nodes_[static_cast<std::size_t>(place)]; }

    static bool is_linear(const LayerNode& node) {
        return node.text("activation").empty() || node.text("activation") == "linear";
    }

    /// Convolutions whose kernel ends with (inputs, filters), and Dense.
    static bool is_plain(const LayerNode& node) {
        const std::string name = node.class_name();
        if (name == "Dense") return true;
        return (name == "Conv1D" || name == "Conv2D" || name == "Conv3D") &&
               node.text("data_format") == "channels_last";
    }

    bool can_change(const LayerNode& node) const { return is_called_once(nodes_, node); }

    Working& working(const LayerNode& node) {
        const auto [found, is_new] = working_.try_emplace(node.layer);
        if (is_new) {
            const bool depthwise = node.class_name() == "DepthwiseConv2D";
            found->second.kernel_name = "kernel";
            if (depthwise && !weight_of(*node.layer, "kernel")) found->second.kernel_name = "depthwise_kernel";
            found->second.kernel = values_of(*node.layer, found->second.kernel_name);
            found->second.bias = values_of(*node.layer, "bias");
            found->second.bias.resize(outputs_of(node), 0.0F);
        }
        return found->second;
    }

    static std::size_t outputs_of(const LayerNode& node) { return static_cast<std::size_t>(node.shape.back()); }

    bool into_layer_before(const LayerNode& node) {
        const LayerNode& before = at(node.inputs[0]);
        const bool depthwise =
            before.class_name() == "DepthwiseConv2D" && before.text("data_format") == "channels_last";
        if (!(is_plain(before) || depthwise) || !is_linear(before) || before.is_output || before.readers.size() != 1 ||
            !can_change(before)) {
            return false;
        }
        const ChannelScale channels = channel_scale(node);
        Working& weights = working(before);
        const std::size_t outputs = outputs_of(before);
        // A depthwise kernel is (height, width, channels, multiplier): its last two axes are the outputs, in order.
        for (std::size_t i = 0; i < weights.kernel.size(); ++i)
            weights.kernel[i] = static_cast<float>(weights.kernel[i] * channels.scale[i % outputs]);
        for (std::size_t i = 0; i < outputs; ++i)
            weights.bias[i] = static_cast<float>(weights.bias[i] * channels.scale[i] + channels.shift[i]);
        dropped_.insert(node.layer);
        return true;
    }

    /// Through layers that treat channels linearly and alike: pooling by means, and what only passes on.
    void into_layer_behind(const LayerNode& node) {
        const LayerNode* reader = &node;
        do {
            if (reader->is_output || reader->readers.size() != 1) return;
            reader = &at(reader->readers[0]);
        } while (passes_on(*reader) || reader->class_name() == "GlobalAveragePooling2D" ||
                 reader->class_name() == "GlobalAveragePooling1D" || reader->class_name() == "Flatten");
        if (!is_plain(*reader) || !can_change(*reader)) return;
        if (reader->class_name() != "Dense" &&
            (reader->text("padding") != "valid" || reader->config.value("groups", 1) != 1)) {
            return;  // padding is zeros behind the BatchNormalization, and would not be before it
        }
        const ChannelScale channels = channel_scale(node);
        Working& weights = working(*reader);
        const std::size_t outputs = outputs_of(*reader);
        std::vector<double> added(outputs, 0.0);
        for (std::size_t i = 0; i < weights.kernel.size(); ++i) {
            // Rows are (positions…, channels): the channel is the row's number within the last input axis.
            const std::size_t channel = i / outputs % channels.scale.size();
            added[i % outputs] += weights.kernel[i] * channels.shift[channel];
            weights.kernel[i] = static_cast<float>(weights.kernel[i] * channels.scale[channel]);
        }
        for (std::size_t i = 0; i < outputs; ++i) weights.bias[i] = static_cast<float>(weights.bias[i] + added[i]);
        dropped_.insert(node.layer);
    }

    std::optional<std::vector<LayerPtr>> replacement(LayerBase& layer) {
        if (dropped_.contains(&layer)) return std::vector<LayerPtr>{};
        const auto found = working_.find(&layer);
        if (found == working_.end()) return std::nullopt;
        const LayerPtr changed = changed_layer(layer, {{"use_bias", true}});
        new_weights_.push_back({changed, found->second.kernel_name, found->second.kernel, found->second.bias});
        return std::vector<LayerPtr>{changed};
    }

    const Model& model_;
    std::vector<LayerNode> nodes_;
    std::map<const LayerBase*, Working> working_;
    std::set<const LayerBase*> dropped_;
    std::vector<NewWeights> new_weights_;
};

}  // namespace

Folded fold_batch_normalization(const Model& model) { return Folder(model).run(); }

}  // namespace markhor::insight
