#include "model/network.hpp"

#include <algorithm>
#include <markhor/error.hpp>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace markhor {
namespace {

using CallPtr = std::shared_ptr<const CallNode>;

/// Keras's map_graph: a depth-first walk from the outputs, by a stack of its own so that depth costs no recursion.
class Walk {
public:
    void from(const SymbolicTensor& output) {
        enter(output.node());
        while (!open_.empty()) {
            auto& [call, next] = open_.back();
            if (next < call->inputs.size()) {
                const CallPtr& input = call->inputs[next++].node();
                if (!seen_.contains(input.get())) enter(input);
            } else {
                calls.push_back(call);
                open_.pop_back();
            }
        }
    }

    /// Layers by decreasing depth: the longest way from any of a layer's calls to an output. Before those of depth 0,
    /// where Keras has them, the layers of inputs that no output depends on.
    std::vector<std::shared_ptr<LayerBase>> layers_by_depth(std::span<const std::shared_ptr<LayerBase>> unused) const {
        std::unordered_map<const CallNode*, int> call_depths;
        std::unordered_map<const LayerBase*, int> depths;
        for (auto call = calls.rbegin(); call != calls.rend(); ++call) {  // NOLINT(modernize-loop-convert): clang 14
            int& layer_depth = depths[(*call)->layer.get()];
            layer_depth = std::max(layer_depth, call_depths[call->get()]);
            for (const SymbolicTensor& input : (*call)->inputs) {
                int& depth = call_depths[input.node().get()];
                depth = std::max(depth, layer_depth + 1);
            }
        }
        std::vector<std::shared_ptr<LayerBase>> layers = met_;
        std::ranges::stable_sort(layers, std::greater<>(), [&](const auto& layer) { return depths.at(layer.get()); });
        const auto last = std::ranges::find_if(layers, [&](const auto& layer) { return depths.at(layer.get()) == 0; });
        layers.insert(last, unused.begin(), unused.end());
        return layers;
    }

    bool has_seen(const CallNode* call) const { return seen_.contains(call); }

    std::vector<CallPtr> calls;

private:
    void enter(const CallPtr& call) {
        if (!seen_.insert(call.get()).second) return;
        if (known_.insert(call->layer.get()).second) met_.push_back(call->layer);
        open_.emplace_back(call, std::size_t{0});
    }

    std::unordered_set<const CallNode*> seen_;
    std::unordered_set<const LayerBase*> known_;
    std::vector<std::shared_ptr<LayerBase>> met_;
    std::vector<std::pair<CallPtr, std::size_t>> open_;
};

/// The inputs' calls, each one checked.
std::unordered_set<const CallNode*> input_calls(const std::string& model, const std::vector<SymbolicTensor>& inputs) {
    if (inputs.empty()) throw ValueError(model + ": a model needs at least one input");
    std::unordered_set<const CallNode*> calls;
    for (const SymbolicTensor& input : inputs) {
        if (!input.node())
            throw ValueError(model + ": an input is an empty SymbolicTensor; one made by Input() is wanted");
        const std::string& name = input.node()->layer->name();
        if (!input.node()->inputs.empty()) {
            throw ValueError(model + ": the input that layer '" + name + "' computes was not made by Input()");
        }
        if (!calls.insert(input.node().get()).second)
            throw ValueError(model + ": the input '" + name + "' is given twice");
    }
    return calls;
}

}  // namespace

Network map_network(const std::string& model, const std::vector<SymbolicTensor>& inputs,
                    const std::vector<SymbolicTensor>& outputs) {
    const std::unordered_set<const CallNode*> given = input_calls(model, inputs);
    if (outputs.empty()) throw ValueError(model + ": a model needs at least one output");

    Walk walk;
    for (const SymbolicTensor& output : outputs) {
        if (!output.node()) throw ValueError(model + ": an output is an empty SymbolicTensor");
        walk.from(output);
    }
    for (const CallPtr& call : walk.calls) {
        if (call->inputs.empty() && !given.contains(call.get())) {
            throw ValueError(model + ": the outputs depend on the input layer '" + call->layer->name() +
                             "', which is not among the model's inputs");
        }
    }

    // Inputs that no output depends on belong to the model too: they are fed.
    std::vector<CallPtr> unused;
    std::vector<std::shared_ptr<LayerBase>> unused_layers;
    for (const SymbolicTensor& input : inputs) {
        if (walk.has_seen(input.node().get())) continue;
        unused.push_back(input.node());
        unused_layers.push_back(input.node()->layer);
    }
    Network network{walk.calls, walk.layers_by_depth(unused_layers)};
    network.calls.insert(network.calls.begin(), unused.begin(), unused.end());

    std::set<std::string> names;
    for (const auto& layer : network.layers) {
        if (!names.insert(layer->name()).second) {
            throw ValueError(model + ": two layers have the name '" + layer->name() +
                             "'; names in a model must differ");
        }
    }
    return network;
}

}  // namespace markhor
