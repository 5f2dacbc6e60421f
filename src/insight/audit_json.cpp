// An audit as JSON.
#include <markhor/audit.hpp>
#include <nlohmann/json.hpp>

#include "core/text.hpp"

namespace markhor::insight {
namespace {

using nlohmann::ordered_json;

ordered_json dims(const Shape& shape) {
    ordered_json list = ordered_json::array();
    for (const std::int64_t dim : shape) list.push_back(dim == None ? ordered_json() : ordered_json(dim));
    return list;
}

template <class T>
ordered_json or_null(const std::optional<T>& value) {
    return value ? ordered_json(*value) : ordered_json();
}

ordered_json layer_json(const LayerAudit& layer) {
    return {
        {"name", layer.cost.name},
        {"class_name", layer.cost.class_name},
        {"output_shape", dims(layer.cost.output_shape)},
        {"params", layer.cost.params},
        {"trainable_params", layer.cost.trainable_params},
        {"flops", layer.cost.flops},
        {"multiply_adds", layer.multiply_adds},
        {"activation_bytes", layer.cost.activation_bytes},
        {"weight_bytes", 4 * layer.cost.params},
        {"moved_bytes", layer.moved_bytes},
        {"flops_per_byte", layer.intensity},
        {"receptive_field", layer.receptive_field.empty() ? ordered_json("all") : ordered_json(layer.receptive_field)},
        {"predicted_seconds", layer.predicted_seconds},
        {"measured_seconds", or_null(layer.measured_seconds)}};
}

}  // namespace

std::string audit_json(const Audit& audit) {
    ordered_json json = {{"model", audit.model},
                         {"input_shape", dims(audit.input)},
                         {"batch", audit.batch},
                         {"params", audit.cost.params},
                         {"trainable_params", audit.cost.trainable_params},
                         {"flops", audit.cost.flops},
                         {"multiply_adds", audit.multiply_adds},
                         {"flops_a_multiply_add", 2},
                         {"weight_bytes", audit.cost.weight_bytes},
                         {"activation_bytes", audit.cost.activation_bytes}};
    if (audit.cost.training) {
        const TrainingCost& training = *audit.cost.training;
        json["training"] = {{"batch", training.batch},
                            {"flops", training.flops},
                            {"activation_bytes", training.activation_bytes},
                            {"gradient_bytes", training.gradient_bytes}};
    }
    json["machine"] = {{"flops_per_second", audit.machine.flops_per_second},
                       {"bytes_per_second", audit.machine.bytes_per_second}};
    json["predicted_seconds"] = audit.predicted_seconds;
    json["measured_seconds"] = or_null(audit.measured_seconds);
    json["layers"] = ordered_json::array();
    for (const LayerAudit& layer : audit.layers) json["layers"].push_back(layer_json(layer));
    json["growth"] = ordered_json::array();
    for (const Growth& size : audit.growth) {
        json["growth"].push_back({{"input_shape", dims(size.input)}, {"params", size.params}, {"flops", size.flops}});
    }
    json["findings"] = ordered_json::array();
    for (const Finding& finding : audit.findings) {
        json["findings"].push_back({{"name", finding.name},
                                    {"severity", finding.severity},
                                    {"layer", finding.layer},
                                    {"evidence", finding.evidence},
                                    {"remedy", finding.remedy},
                                    {"params", finding.params}});
    }
    return text::json(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace)) + "\n";
}

}  // namespace markhor::insight
