// Passes that join neighbouring ops or swap them for cheaper ones.
#include <optional>

#include "graph/passes.hpp"
#include "graph/rewriter.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"

namespace markhor::graph {
namespace {

const Node& node_of(const Graph& graph, Value value) { return graph.nodes()[static_cast<std::size_t>(value.node)]; }

int uses_of(const std::vector<std::vector<int>>& uses, Value value) {
    return uses[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
}

// A convolution or matmul that has no epilogue yet, with another bias flag or epilogue; null for any other op.
ops::OpPtr linear_with(const ops::Op& op, std::optional<bool> has_bias, ops::Epilogue epilogue) {
    if (const auto* conv = ops::as<ops::Convolution>(op); conv != nullptr && conv->epilogue == ops::Epilogue::none) {
        return std::make_shared<ops::Convolution>(conv->window, conv->groups, has_bias.value_or(conv->has_bias),
                                                  epilogue);
    }
    if (const auto* matmul = ops::as<ops::MatMul>(op); matmul != nullptr && matmul->epilogue == ops::Epilogue::none) {
        return std::make_shared<ops::MatMul>(matmul->transpose_a, matmul->transpose_b,
                                             has_bias.value_or(matmul->has_bias), epilogue);
    }
    return nullptr;
}

// The last axis of the kernel counts output channels, so that scaling it scales the output's channels.
bool scales_by_last_axis(const ops::Op& op) {
    const auto* matmul = ops::as<ops::MatMul>(op);
    return matmul == nullptr || !matmul->transpose_b;
}

}  // namespace

Graph fuse_relu(const Graph& graph) {
    const auto uses = count_uses(graph);
    Rewriter rewriter(graph);
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        const Node& node = graph.nodes()[static_cast<std::size_t>(i)];
        const auto* relu = ops::as<ops::Unary>(*node.op);
        if (relu != nullptr && relu->is_plain_relu() && uses_of(uses, node.inputs[0]) == 1) {
            const Node& source = node_of(graph, node.inputs[0]);
            if (const ops::OpPtr fused = linear_with(*source.op, std::nullopt, ops::Epilogue::relu)) {
                rewriter.label_as(source);
                rewriter.map(i, rewriter.to().add(fused, rewriter.inputs(source)));
                continue;
            }
        }
        rewriter.copy(i);
    }
    return drop_unused(rewriter.finish());
}

Graph mask_after_pooling(const Graph& graph) {
    const auto uses = count_uses(graph);
    Rewriter rewriter(graph);
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        const Node& mask = graph.nodes()[static_cast<std::size_t>(i)];
        const auto* relu = ops::as<ops::UnaryGradient>(*mask.op);
        if (relu != nullptr && relu->kind == ops::UnaryKind::relu && relu->uses_output() &&
            uses_of(uses, mask.inputs[0]) == 1) {
            const Node& scatter = node_of(graph, mask.inputs[0]);
            if (ops::as<ops::MaxPoolGradient>(*scatter.op) != nullptr) {
                const Value index = scatter.inputs[1];
                const Node& pool = node_of(graph, index);
                if (ops::as<ops::MaxPool>(*pool.op) != nullptr && pool.inputs[0] == mask.inputs[1]) {
                    rewriter.label_as(mask);
                    const Value pooled = rewriter[{index.node, 0}];
                    const Value masked = rewriter.to().add1(mask.op, {rewriter[scatter.inputs[0]], pooled});
                    rewriter.map(i, rewriter.to().add(scatter.op, {masked, rewriter[index]}));
                    continue;
                }
            }
        }
        rewriter.copy(i);
    }
    return drop_unused(rewriter.finish());
}

Graph fold_batch_norm(const Graph& graph) {
    const auto uses = count_uses(graph);
    Rewriter rewriter(graph);
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        const Node& node = graph.nodes()[static_cast<std::size_t>(i)];
        const auto* norm = ops::as<ops::BatchNormInference>(*node.op);
        if (norm != nullptr && uses_of(uses, node.inputs[0]) == 1) {
            const Node& source = node_of(graph, node.inputs[0]);
            const ops::OpPtr folded = linear_with(*source.op, true, ops::Epilogue::none);
            if (folded != nullptr && scales_by_last_axis(*source.op)) {
                Graph& to = rewriter.to();
                rewriter.label_as(node);
                const std::vector<Value> inputs = rewriter.inputs(source);
                const Value gamma = rewriter[node.inputs[1]];
                const Value beta = rewriter[node.inputs[2]];
                const Value mean = rewriter[node.inputs[3]];
                const Value variance = rewriter[node.inputs[4]];
                // gamma / sqrt(variance + epsilon) multiplies the kernel; what is left is the bias.
                const Value shifted = ops::unary(to, ops::UnaryKind::scale, variance, 1.0, norm->epsilon);
                const Value scale = ops::divide(to, gamma, ops::unary(to, ops::UnaryKind::sqrt, shifted));
                const Value kernel = ops::multiply(to, inputs[1], scale);
                const Value centre = inputs.size() > 2 ? ops::subtract(to, inputs[2], mean)
                                                       : ops::unary(to, ops::UnaryKind::negate, mean);
                const Value bias = ops::add(to, ops::multiply(to, centre, scale), beta);
                rewriter.label_as(source);
                rewriter.map(i, to.add(folded, {inputs[0], kernel, bias}));
                continue;
            }
        }
        rewriter.copy(i);
    }
    return drop_unused(rewriter.finish());
}

}  // namespace markhor::graph
