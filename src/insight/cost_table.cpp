// A model's costs as text.
#include <fmt/format.h>

#include <markhor/insight.hpp>

#include "insight/numbers.hpp"
#include "insight/text_columns.hpp"

namespace markhor::insight {
namespace {}  // namespace

std::string cost_table(const ModelCost& cost) {
    std::vector<std::vector<std::string>> rows = {
        {"Layer", "Output", "Parameters", "share", "Arithmetic", "share", "Output memory"}};
    for (const LayerCost& layer : cost.layers) {
        rows.push_back({layer.name, layer.output_shape.str(), grouped(layer.params),
                        percent_of(static_cast<double>(layer.params), static_cast<double>(cost.params)),
                        flops_text(layer.flops), percent_of(layer.flops, cost.flops),
                        bytes_text(layer.activation_bytes)});
    }
    rows.push_back({"all", "", grouped(cost.params), "", flops_text(cost.flops), "", ""});
    std::string text = text_columns(rows);
    text += fmt::format("\nOne image forward: {}, {} of weights, {} of activations.\n", flops_text(cost.flops),
                        bytes_text(cost.weight_bytes), bytes_text(cost.activation_bytes));
    if (cost.training) {
        text += fmt::format("A training step of {} images: {}, {} of activations, {} of gradients.\n",
                            cost.training->batch, flops_text(cost.training->flops),
                            bytes_text(cost.training->activation_bytes), bytes_text(cost.training->gradient_bytes));
    }
    return text + "A multiply-add counts as two operations; a MB is 1,000,000 bytes.\n";
}

}  // namespace markhor::insight
