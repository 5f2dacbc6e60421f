#include "insight/model_parts.hpp"

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>

namespace markhor::insight {

VariablePtr weight_of(const LayerBase& layer, const std::string& name) {
    for (const VariablePtr& weight : layer.weights()) {
        if (weight->name == name) return weight;
    }
    return nullptr;
}

std::vector<float> values_of(const LayerBase& layer, const std::string& name) {
    const VariablePtr weight = weight_of(layer, name);
    if (!weight) return {};
    const std::span<const float> values = std::as_const(weight->value).data<float>();
    return {values.begin(), values.end()};
}

void set_values(const LayerBase& layer, const std::string& name, const std::vector<float>& values) {
    const VariablePtr weight = weight_of(layer, name);
    if (!weight) throw ValueError(layer.name() + ": the layer has no weight '" + name + "'");
    if (static_cast<std::int64_t>(values.size()) != weight->value.size()) {
        throw ShapeError(layer.name() + ": " + std::to_string(values.size()) + " values were given for '" + name +
                         "' of shape " + weight->value.shape().str());
    }
    weight->value = Tensor::from(weight->value.shape(), values);
}

bool is_called_once(const std::vector<LayerNode>& nodes, const LayerNode& node) {
    return std::ranges::count(nodes, node.layer, &LayerNode::layer) == 1;
}

Loss fitting_loss(const Model& model) {
    const std::vector<LayerNode> nodes = layer_graph(*model.model_base());
    const auto last = std::ranges::find_if(nodes, [](const LayerNode& node) { return node.is_output; });
    const std::string activation = last->class_name() == "Softmax" ? "softmax" : last->text("activation");
    const bool logits = activation != "softmax" && activation != "sigmoid";
    if (model.output_shapes().at(0).back() == 1) return losses::BinaryCrossentropy({.from_logits = logits});
    return losses::SparseCategoricalCrossentropy({.from_logits = logits});
}

ChannelScale channel_scale(const LayerNode& batch_normalization) {
    const LayerBase& layer = *batch_normalization.layer;
    const std::vector<float> mean = values_of(layer, "moving_mean");
    const std::vector<float> variance = values_of(layer, "moving_variance");
    const std::vector<float> gamma = values_of(layer, "gamma");
    const std::vector<float> beta = values_of(layer, "beta");
    const double epsilon = batch_normalization.config.at("epsilon").get<double>();
    ChannelScale result;
    for (std::size_t i = 0; i < mean.size(); ++i) {
        const double scale = (gamma.empty() ? 1.0 : static_cast<double>(gamma[i])) / std::sqrt(variance[i] + epsilon);
        result.scale.push_back(scale);
        result.shift.push_back((beta.empty() ? 0.0 : static_cast<double>(beta[i])) - scale * mean[i]);
    }
    return result;
}

bool normalizes_last_axis(const LayerNode& node) {
    if (node.class_name() != "BatchNormalization" || node.input_shapes.empty()) return false;
    const auto rank = static_cast<std::int64_t>(node.input_shapes[0].rank());
    const std::int64_t axis = node.config.at("axis").is_array() ? node.config.at("axis").at(0).get<std::int64_t>()
                                                                : node.config.at("axis").get<std::int64_t>();
    return axis == -1 || axis == rank - 1;
}

}  // namespace markhor::insight
