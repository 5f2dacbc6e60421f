// Where things are in a model, for those who rework it: its calls by layer, and weights by name.
#pragma once

#include <cstdint>
#include <markhor/losses.hpp>
#include <markhor/model.hpp>
#include <markhor/tensor.hpp>
#include <string>
#include <vector>

#include "insight/layer_graph.hpp"

namespace markhor::insight {

/// The weight of this short name ("kernel"); null where the layer has none.
VariablePtr weight_of(const LayerBase& layer, const std::string& name);
/// The same, copied; empty where there is none.
std::vector<float> values_of(const LayerBase& layer, const std::string& name);
/// Sets a float32 weight. Throws ShapeError where the count differs, ValueError where there is none.
void set_values(const LayerBase& layer, const std::string& name, const std::vector<float>& values);

/// Is called exactly once.
bool is_called_once(const std::vector<LayerNode>& nodes, const LayerNode& node);

/// The cross-entropy of int class numbers that fits what the model ends with: probabilities or logits, one unit or
/// more.
Loss fitting_loss(const Model& model);

/// BatchNormalization with its fixed statistics, as y = scale x + shift for each channel.
struct ChannelScale {
    std::vector<double> scale;
    std::vector<double> shift;
};
ChannelScale channel_scale(const LayerNode& batch_normalization);
/// Whether it normalizes the last axis of what it receives.
bool normalizes_last_axis(const LayerNode& node);

}  // namespace markhor::insight
