#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <markhor/error.hpp>
#include <regex>
#include <set>
#include <unordered_set>

#include "core/text.hpp"
#include "graph/cost.hpp"
#include "model/summary.hpp"
#include "model/trainer.hpp"

namespace markhor {
namespace {

constexpr std::size_t longest_name = 1000;

using CallsOfLayers = std::map<const LayerBase*, std::vector<const CallNode*>>;

CallsOfLayers calls_by_layer(const ModelBase& model) {
    CallsOfLayers calls;
    for (const auto& call : model.calls()) calls[call->layer.get()].push_back(call.get());
    for (auto& [layer, of_layer] : calls) std::ranges::sort(of_layer, {}, &CallNode::index);
    return calls;
}

/// Whether Keras shows the model without "Connected to": no call has two inputs, no value is used twice, no layer is
/// called twice, and there is one input.
bool is_chain(const ModelBase& model, const CallsOfLayers& calls) {
    if (model.class_name() == "Sequential") return true;
    if (model.inputs().size() > 1) return false;
    if (std::ranges::any_of(calls, [](const auto& item) { return item.second.size() > 1; })) return false;
    std::set<const CallNode*> used;
    for (const auto& call : model.calls()) {
        if (call->inputs.size() > 1) return false;
        if (!call->inputs.empty() && !used.insert(call->inputs[0].node().get()).second) return false;
    }
    return true;
}

std::string connection(const SymbolicTensor& tensor) {
    const CallNode& call = *tensor.node();
    // In Keras a functional model's first call is the one that made it.
    const int node = call.layer->class_name() == "Functional" ? call.index + 1 : call.index;
    return text::printable(call.layer->name(), longest_name) + "[" + std::to_string(node) + "][" +
           std::to_string(tensor.index()) + "]";
}

std::int64_t elements(const std::vector<VariablePtr>& weights) {
    std::int64_t sum = 0;
    for (const VariablePtr& weight : weights) sum += weight->value.size();
    return sum;
}

/// `outer` holds the calls of the model that the summary is of: only those are connections.
SummaryRow row_of(const LayerBase& layer, const CallsOfLayers& calls, const CallsOfLayers& outer, bool expand) {
    SummaryRow row;
    row.layer = &layer;
    row.name = text::printable(layer.name(), longest_name);
    row.class_name = text::printable(layer.class_name(), longest_name);
    row.is_input = row.class_name == "InputLayer";
    row.built = layer.built() || row.is_input || !layer.has_build();
    row.trainable = layer.trainable();
    const std::vector<VariablePtr> weights = layer.weights();
    row.has_weights = !weights.empty();
    row.params = elements(weights);
    if (const auto own = calls.find(&layer); own != calls.end()) {
        row.outputs = own->second.back()->output_shapes;
        row.one_shape =
            std::ranges::all_of(own->second, [&](const CallNode* call) { return call->output_shapes == row.outputs; });
    }
    if (const auto own = outer.find(&layer); own != outer.end()) {
        for (const CallNode* call : own->second) {
            for (const SymbolicTensor& input : call->inputs) row.connections.push_back(connection(input));
        }
    }
    const auto* model = dynamic_cast<const ModelBase*>(&layer);
    if (expand && model) {
        const CallsOfLayers inner = calls_by_layer(*model);
        for (const auto& child : model->layers()) row.nested.push_back(row_of(*child, inner, outer, expand));
    }
    return row;
}

/// Keras's rule: from the first layer that matches the first expression to the last that matches the second.
std::pair<std::size_t, std::size_t> range_of(const ModelBase& model, const std::vector<std::string>& range) {
    const auto& layers = model.layers();
    if (range.empty()) return {0, layers.size()};
    if (range.size() != 2) {
        throw ValueError(model.name() + ": layer_range has " + std::to_string(range.size()) +
                         " entries; the names of a first and a last layer are wanted");
    }
    std::vector<std::size_t> matches[2];
    for (std::size_t end = 0; end < 2; ++end) {
        try {
            const std::regex expression(range[end]);
            for (std::size_t i = 0; i < layers.size(); ++i) {
                if (std::regex_search(layers[i]->name(), expression, std::regex_constants::match_continuous)) {
                    matches[end].push_back(i);
                }
            }
        } catch (const std::regex_error& error) {
            throw ValueError(model.name() + ": layer_range '" + range[end] +
                             "' is no regular expression: " + error.what());
        }
        if (matches[end].empty())
            throw ValueError(model.name() + ": no layer's name matches the layer_range '" + range[end] + "'");
    }
    if (matches[0].front() > matches[1].back()) return {matches[1].front(), matches[0].back() + 1};
    return {matches[0].front(), matches[1].back() + 1};
}

/// FLOPs of the ops that each layer adds, by its name.
using Flops = std::map<std::string, double>;

Flops flops_of(const ModelBase& model) {
    Flops flops;
    const graph::Graph graph = lower(model, 1, false).graph;
    for (const graph::Node& node : graph.nodes()) flops[node.label] += graph::cost_of(graph, node).flops;
    return flops;
}

/// Of one layer in `model`; of a model in it, of the layers within.
SummaryCost cost_of(const LayerBase& layer, const CallsOfLayers& calls, const Flops& flops) {
    SummaryCost cost;
    if (const auto* model = dynamic_cast<const ModelBase*>(&layer)) {
        const CallsOfLayers inner = calls_by_layer(*model);
        for (const auto& child : model->layers()) {
            const SummaryCost part = cost_of(*child, inner, flops);
            cost.flops += part.flops;
            cost.bytes += part.bytes;
        }
        return cost;
    }
    if (const auto known = flops.find(layer.name()); known != flops.end()) cost.flops = known->second;
    const auto own = calls.find(&layer);
    if (own == calls.end() || layer.class_name() == "InputLayer") return cost;
    for (const CallNode* call : own->second) {
        for (const Shape& shape : call->output_shapes)
            cost.bytes += static_cast<double>(shape.without_batch().elements()) * sizeof(float);
    }
    return cost;
}

void add_costs(std::vector<SummaryRow>& rows, const ModelBase& model, const Flops& flops) {
    const CallsOfLayers calls = calls_by_layer(model);
    for (SummaryRow& row : rows) {
        row.cost = cost_of(*row.layer, calls, flops);
        if (const auto* inner = dynamic_cast<const ModelBase*>(row.layer)) add_costs(row.nested, *inner, flops);
    }
}

}  // namespace

SummaryContent collect_summary(const ModelBase& model, const SummaryOptions& options) {
    SummaryContent content;
    content.model_name = text::printable(model.name(), longest_name);
    content.show_trainable = options.show_trainable;
    const CallsOfLayers calls = calls_by_layer(model);
    content.is_chain = is_chain(model, calls);

    const auto [begin, end] = range_of(model, options.layer_range);
    for (std::size_t i = begin; i < end; ++i) {
        content.rows.push_back(row_of(*model.layers()[i], calls, calls, options.expand_nested));
    }

    content.show_flops = options.show_flops;
    content.show_memory = options.show_memory;
    if (content.show_flops || content.show_memory) {
        const Flops flops = flops_of(model);
        add_costs(content.rows, model, flops);
        content.cost = cost_of(model, calls, flops);
    }

    std::unordered_set<const Variable*> trainable;
    for (const VariablePtr& weight : model.trainable_weights()) trainable.insert(weight.get());
    for (const VariablePtr& weight : model.weights()) {
        SummaryCount& count = trainable.contains(weight.get()) ? content.trainable : content.non_trainable;
        count.params += weight->value.size();
        count.bytes += weight->value.bytes();
    }
    content.optimizer = {model.trainer().optimizer_params(), model.trainer().optimizer_bytes()};
    return content;
}

std::string readable_count(double count) {
    static constexpr const char* units[] = {"", " K", " M", " G", " T", " P"};
    std::size_t unit = 0;
    while (count >= 1000 && unit + 1 < std::size(units)) {
        count /= 1000;
        ++unit;
    }
    return fmt::format("{:.{}f}{}", count, unit == 0 ? 0 : 2, units[unit]);
}

std::vector<std::string> cost_cells(const SummaryContent& content, const SummaryCost& cost) {
    std::vector<std::string> cells;
    if (content.show_flops) cells.push_back(readable_count(cost.flops));
    if (content.show_memory) cells.push_back(readable_size(static_cast<std::size_t>(cost.bytes), "B"));
    return cells;
}

std::vector<std::string> cost_headers(const SummaryContent& content) {
    std::vector<std::string> headers;
    if (content.show_flops) headers.emplace_back("FLOPs");
    if (content.show_memory) headers.emplace_back("Memory");
    return headers;
}

std::string cost_totals(const SummaryContent& content, const char* before) {
    std::string text;
    if (content.show_flops)
        text += std::string(before) + "FLOPs an image: " + readable_count(content.cost.flops) +
                " (a multiply-add is two)\n";
    if (content.show_memory)
        text += std::string(before) +
                "Outputs of all layers an image: " + readable_size(static_cast<std::size_t>(content.cost.bytes), "B") +
                "\n";
    return text;
}

std::string readable_size(std::size_t bytes, const char* unit) {
    static constexpr const char* larger[] = {"KB", "MB", "GB", "TB", "PB"};
    auto size = static_cast<double>(bytes);
    std::size_t next = 0;
    while (size / 1024 >= 1 && next < std::size(larger)) {
        size /= 1024;
        unit = larger[next++];
    }
    return fmt::format("{:.2f} {}", size, unit);
}

}  // namespace markhor
