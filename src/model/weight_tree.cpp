#include "model/weight_tree.hpp"

#include "layers/operators.hpp"

#include <map>
#include <unordered_set>

#include "model/custom_layer.hpp"

namespace markhor {
namespace {

formats::WeightGroup group_of(const LayerBase& layer, std::unordered_set<const LayerBase*>& seen) {
    formats::WeightGroup group;
    group.name = layer.name();
    seen.insert(&layer);
    const auto* model = dynamic_cast<const ModelBase*>(&layer);
    if (const auto* custom = dynamic_cast<const CustomLayer*>(&layer)) {
        for (const auto& part : custom->parts()) {
            if (part->weights().empty()) continue;
            group.children.push_back(group_of(*part, seen));
            group.children.back().key = part->name();
        }
        return group;
    }
    if (!model) {
        group.weights = layer.weights();
        return group;
    }
    group.is_container = true;
    std::map<std::string, int> used;
    for (const auto& child : model->layers()) {
        if (dynamic_cast<const layers::Operator*>(child.get())) continue;
        std::string key = to_snake_case(child->class_name());
        const int before = used[key]++;
        if (before > 0) key += "_" + std::to_string(before);
        if (seen.contains(child.get())) continue;
        group.children.push_back(group_of(*child, seen));
        group.children.back().key = key;
    }
    return group;
}

}  // namespace

formats::WeightGroup weight_tree(const ModelBase& model) {
    std::unordered_set<const LayerBase*> seen;
    return group_of(model, seen);
}

}  // namespace markhor
