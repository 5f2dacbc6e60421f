// What a network costs, layer by layer. Nothing is run: the ops' own cost rules and the planner's arenas say it.
#pragma once

#include <cstdint>
#include <markhor/model.hpp>
#include <optional>
#include <string>
#include <vector>

namespace markhor::insight {

/// One layer's share. Costs are for one image; FLOPs count a multiply-add as two.
struct LayerCost {
    std::string name = {};
    std::string class_name = {};
    Shape output_shape = {};  ///< with the batch axis, None; of the layer's first output
    std::int64_t params = 0;  ///< of a layer used twice: counted once, where it is first
    std::int64_t trainable_params = 0;
    double flops = 0;             ///< inference; of a layer used twice: both times
    double activation_bytes = 0;  ///< of its outputs, float32
};

/// One training step. Known for a model of one input that was compiled with a loss; its optimizer is built to know it.
struct TrainingCost {
    std::int64_t batch = 0;
    double flops = 0;  ///< forward, backward and update, of the whole batch
    double activation_bytes =
        0;  ///< the planned arena: maps kept for the gradient, gradients, scratch; all images together
    double gradient_bytes = 0;  ///< what data-parallel training exchanges in a step: one float a trainable weight
};

struct ModelCost {
    std::vector<LayerCost> layers = {};
    std::int64_t params = 0;
    std::int64_t trainable_params = 0;
    double flops = 0;             ///< inference, one image, before any rewriting
    double weight_bytes = 0;      ///< of all parameters, in memory
    double activation_bytes = 0;  ///< the planned arena of inference, one image
    std::optional<TrainingCost> training = {};
};

/// Throws ValueError for a model without an input shape, ShapeError where another axis than the batch is unknown.
/// `batch` is the training step's number of images.
ModelCost cost(const Model& model, std::int64_t batch = 32);

/// The same as text in columns: a line a layer, and the totals.
std::string cost_table(const ModelCost& cost);

}  // namespace markhor::insight
