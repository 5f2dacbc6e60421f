// A model's calls with those of the models within it in their place: who reads whom, and with which options.
#pragma once

#include <cstdint>
#include <markhor/shape.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/model_base.hpp"

namespace markhor::insight {

/// One call of a layer.
struct LayerNode {
    LayerBase* layer = nullptr;
    nlohmann::json config = {};    ///< the layer's options by Keras's names
    std::vector<int> inputs = {};  ///< the calls that it takes its tensors from, by their places in the list
    std::vector<int> readers = {};
    std::vector<Shape> input_shapes = {};
    Shape shape = {};  ///< of the first output, with batch axis
    bool is_output = false;

    std::string class_name() const { return std::string(layer->class_name()); }
    const std::string& name() const { return layer->name(); }
    /// An option that is a text; of one that is an object, its class ("softmax" for Softmax); else "".
    std::string text(const char* key) const;
    bool flag(const char* key) const;
};

/// Each after those it reads.
std::vector<LayerNode> layer_graph(const ModelBase& model);

bool is_convolution(const LayerNode& node);
std::int64_t params_of(const LayerNode& node);
/// Has a layer at its start, before anything is learnt, that brings the inputs into order: Rescaling, Normalization, …
bool scales_inputs(const ModelBase& model);
/// Hands on each number as it is or not at all, each for itself: Dropout, Activation("linear"), …
bool passes_on(const LayerNode& node);

}  // namespace markhor::insight
