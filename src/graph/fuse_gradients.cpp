// Passes over the backward half of a training step: what lies between a convolution's gradients and their neighbours
// becomes part of them.
#include "graph/fusing.hpp"
#include "graph/passes.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/pooling.hpp"

namespace markhor::graph {
namespace {

// The gradient of a plain relu, by its result, of what nothing else reads.
bool masks_alone(const Node& node, const std::vector<std::vector<int>>& uses) {
    const auto* relu = ops::as<ops::UnaryGradient>(*node.op);
    return relu != nullptr && relu->kind == ops::UnaryKind::relu && relu->uses_output() &&
           uses_of(uses, node.inputs[0]) == 1;
}

}  // namespace

Graph mask_after_pooling(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& mask) {
        if (!masks_alone(mask, uses)) return false;
        const Node& scatter = node_of(graph, mask.inputs[0]);
        if (ops::as<ops::MaxPoolGradient>(*scatter.op) == nullptr) return false;
        const Value index = scatter.inputs[1];
        const Node& pool = node_of(graph, index);
        if (ops::as<ops::MaxPool>(*pool.op) == nullptr || pool.inputs[0] != mask.inputs[1]) return false;
        rewriter.label_as(mask);
        const Value pooled = rewriter[{index.node, 0}];
        const Value masked = rewriter.to().add1(mask.op, {rewriter[scatter.inputs[0]], pooled});
        rewriter.map(i, rewriter.to().add(scatter.op, {masked, rewriter[index]}));
        return true;
    });
}

// Of 3x3 windows alone: those engines have fused gradients for. Elsewhere the full map would be made for each of a
// convolution's two gradients anew.
Graph fuse_unpooling(const Graph& graph) {
    // For each gradient of a pooling: it may become part of the gradients that read it.
    const auto uses = count_uses(graph);
    std::vector<int> readers(graph.nodes().size(), 0);
    const auto reads_unpooled = [](const Node& node) -> Value {
        if (const auto* dx = ops::as<ops::ConvolutionInputGradient>(*node.op)) {
            return !dx->fusion.unpools && ops::is_three_by_three(dx->window) ? node.inputs[0] : Value{};
        }
        const auto* dw = ops::as<ops::ConvolutionWeightGradient>(*node.op);
        return dw != nullptr && !dw->unpools && ops::is_three_by_three(dw->window) ? node.inputs[1] : Value{};
    };
    for (const Node& node : graph.nodes()) {
        if (const Value read = reads_unpooled(node)) ++readers[static_cast<std::size_t>(read.node)];
    }
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        const Value unpooled = reads_unpooled(node);
        if (!unpooled || readers[static_cast<std::size_t>(unpooled.node)] != uses_of(uses, unpooled)) return false;
        const Node& scatter = node_of(graph, unpooled);
        const auto* gradient = ops::as<ops::MaxPoolGradient>(*scatter.op);
        if (gradient == nullptr || gradient->window != ops::two_by_two()) return false;
        std::vector<Value> inputs = rewriter.inputs(node);
        ops::OpPtr fused;
        if (const auto* dx = ops::as<ops::ConvolutionInputGradient>(*node.op)) {
            ops::GradientFusion fusion = dx->fusion;
            fusion.unpools = true;
            inputs[0] = rewriter[scatter.inputs[0]];
            inputs.insert(inputs.begin() + 2, rewriter[scatter.inputs[1]]);
            fused = std::make_shared<ops::ConvolutionInputGradient>(dx->window, dx->groups, dx->input_shape, fusion);
        } else {
            const auto* dw = ops::as<ops::ConvolutionWeightGradient>(*node.op);
            inputs[1] = rewriter[scatter.inputs[0]];
            fused = std::make_shared<ops::ConvolutionWeightGradient>(dw->window, dw->groups, dw->has_bias,
                                                                     dw->kernel_shape, true);
            inputs.push_back(rewriter[scatter.inputs[1]]);
        }
        rewriter.label_as(node);
        rewriter.map(i, rewriter.to().add(fused, std::move(inputs)));
        return true;
    });
}

Graph fuse_mask(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        if (!masks_alone(node, uses)) return false;
        const auto [result, rounded] = source_of(graph, uses, node.inputs[0]);
        if (uses_of(uses, result) != 1) return false;
        const Node& source = node_of(graph, result);
        const auto* dx = ops::as<ops::ConvolutionInputGradient>(*source.op);
        if (dx == nullptr || dx->fusion.masks) return false;
        ops::GradientFusion fusion = dx->fusion;
        fusion.masks = true;
        std::vector<Value> inputs = rewriter.inputs(source);
        inputs.push_back(rewriter[node.inputs[1]]);
        rewriter.label_as(source);
        map_fused(rewriter, i, rounded,
                  std::make_shared<ops::ConvolutionInputGradient>(dx->window, dx->groups, dx->input_shape, fusion),
                  std::move(inputs));
        return true;
    });
}

}  // namespace markhor::graph
