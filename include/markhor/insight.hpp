// What a network costs, layer by layer, and the case study of its two heads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <markhor/model.hpp>

namespace markhor::insight {

/// One layer's share. Costs are for one image; FLOPs count a multiply-add as two.
struct LayerCost {
    std::string name;
    std::string class_name;
    Shape output_shape;
    std::int64_t params = 0;
    std::int64_t trainable_params = 0;
    double flops = 0;
    double activation_bytes = 0;  ///< of the output, float32
};

struct ModelCost {
    std::vector<LayerCost> layers;
    std::int64_t params = 0;
    std::int64_t trainable_params = 0;
    double flops = 0;                       ///< inference, one image
    double training_flops = 0;              ///< forward, backward and update, one image (of a batch of 32)
    double weight_bytes = 0;
    double inference_activation_bytes = 0;  ///< the planned arena, one image
    double training_activation_bytes = 0;   ///< the planned arena of the training step at `batch`, all images
    std::int64_t batch = 0;
    double gradient_bytes = 0;              ///< what data-parallel training exchanges in a step: one float a trainable weight
};

/// From the ops' own cost rules and the planner's arenas; nothing is run.
ModelCost cost(const Model& model, std::int64_t batch = 32);

}  // namespace markhor::insight
