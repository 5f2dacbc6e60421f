// Passes that join neighbouring ops or swap them for cheaper ones. Those of gradients are in fuse_gradients.cpp.
#include <optional>

#include "graph/fusing.hpp"
#include "graph/passes.hpp"
#include "graph/rewriter.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::graph {
namespace {

// A convolution or matmul that nothing is fused to yet, or only an addition, with another bias flag or epilogue; null
// for any other op.
ops::OpPtr linear_with(const ops::Op& op, std::optional<bool> has_bias, ops::Epilogue epilogue) {
    if (const auto* conv = ops::as<ops::Convolution>(op);
        conv != nullptr && conv->tail.epilogue == ops::Epilogue::none && !conv->tail.pools) {
        return std::make_shared<ops::Convolution>(conv->window, conv->groups, has_bias.value_or(conv->has_bias),
                                                  ops::ConvolutionTail{conv->tail.adds, epilogue, false});
    }
    if (const auto* matmul = ops::as<ops::MatMul>(op); matmul != nullptr && matmul->epilogue == ops::Epilogue::none) {
        return std::make_shared<ops::MatMul>(matmul->transpose_a, matmul->transpose_b,
                                             has_bias.value_or(matmul->has_bias), epilogue);
    }
    return nullptr;
}

// A convolution that nothing is fused to yet; null for any other op.
const ops::Convolution* bare_convolution(const ops::Op& op) {
    const auto* conv = ops::as<ops::Convolution>(op);
    return conv != nullptr && conv->tail == ops::ConvolutionTail{} ? conv : nullptr;
}

// The epilogue that does what the op does; none for any other op.
ops::Epilogue epilogue_of(const ops::Op& op) {
    const auto* unary = ops::as<ops::Unary>(op);
    if (unary == nullptr) return ops::Epilogue::none;
    for (const ops::Epilogue epilogue : {ops::Epilogue::relu, ops::Epilogue::relu6, ops::Epilogue::silu,
                                         ops::Epilogue::hard_silu, ops::Epilogue::sigmoid}) {
        const auto function = ops::function_of(epilogue);
        if (unary->kind == function->kind && unary->a == function->a && unary->b == function->b &&
            unary->c == function->c) {
            return epilogue;
        }
    }
    return ops::Epilogue::none;
}

// No element of the value is below zero (or NaN, which wins any maximum).
bool is_after_relu(const Graph& graph, Value value) {
    if (ops::is_rounded(graph, value)) value = node_of(graph, node_of(graph, value).inputs[0]).inputs[0];
    const ops::Op& op = graph.producer(value);
    const auto* conv = ops::as<ops::Convolution>(op);
    const ops::Epilogue epilogue = conv != nullptr ? conv->tail.epilogue : epilogue_of(op);
    return epilogue == ops::Epilogue::relu || epilogue == ops::Epilogue::relu6;
}

// The window with a Pad's elements as padding of its own; none where they lie elsewhere than along its axes.
std::optional<ops::Window> padded(ops::Window window, const ops::Pad& pad) {
    const auto rank = static_cast<std::size_t>(window.rank);
    if (pad.before.size() != rank + 2) return std::nullopt;
    for (const std::size_t axis : {std::size_t{0}, rank + 1}) {
        if (pad.before[axis] != 0 || pad.after[axis] != 0) return std::nullopt;
    }
    for (std::size_t axis = 0; axis < rank; ++axis) {
        window.pad_before[3 - rank + axis] += pad.before[axis + 1];
        window.pad_after[3 - rank + axis] += pad.after[axis + 1];
    }
    return window;
}

// Every window holds an element that is no padding, so that a maximum is one of the image's.
bool reaches_the_image(const ops::Window& window) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
        if (window.pad_before[axis] >= window.size[axis] || window.pad_after[axis] >= window.size[axis]) return false;
    }
    return window.dilation == ops::Spatial{1, 1, 1};
}

// The last axis of the kernel counts output channels, so that scaling it scales the output's channels.
bool scales_by_last_axis(const ops::Op& op) {
    const auto* matmul = ops::as<ops::MatMul>(op);
    return matmul == nullptr || !matmul->transpose_b;
}

}  // namespace

Graph fuse_activation(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        const ops::Epilogue epilogue = epilogue_of(*node.op);
        if (epilogue == ops::Epilogue::none) return false;
        const auto [result, rounded] = source_of(graph, uses, node.inputs[0]);
        if (uses_of(uses, result) != 1) return false;
        const Node& source = node_of(graph, result);
        const ops::OpPtr fused = linear_with(*source.op, std::nullopt, epilogue);
        if (fused == nullptr) return false;
        rewriter.label_as(source);
        map_fused(rewriter, i, rounded, fused, rewriter.inputs(source));
        return true;
    });
}

Graph fuse_add(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        const auto* sum = ops::as<ops::Binary>(*node.op);
        if (sum == nullptr || sum->kind != ops::BinaryKind::add || node.inputs[0] == node.inputs[1] ||
            graph.spec(node.inputs[0]) != graph.spec(node.inputs[1])) {
            return false;
        }
        // The later of two convolutions takes the other's result.
        const bool first_is_later = node.inputs[0].node > node.inputs[1].node;
        const auto [result, rounded] = source_of(graph, uses, node.inputs[first_is_later ? 0 : 1]);
        const Value added = node.inputs[first_is_later ? 1 : 0];
        const Node& source = node_of(graph, result);
        const auto* conv = bare_convolution(*source.op);
        if (conv == nullptr || uses_of(uses, result) != 1) return false;
        std::vector<Value> inputs = rewriter.inputs(source);
        inputs.push_back(rewriter[added]);
        const auto fused = std::make_shared<ops::Convolution>(conv->window, conv->groups, conv->has_bias,
                                                              ops::ConvolutionTail{.adds = true});
        rewriter.label_as(source);
        map_fused(rewriter, i, rounded, fused, std::move(inputs));
        return true;
    });
}

Graph fuse_pooling(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        const auto* pool = ops::as<ops::MaxPool>(*node.op);
        if (pool == nullptr || pool->window != ops::two_by_two()) return false;
        const auto [result, rounded] = source_of(graph, uses, node.inputs[0]);
        if (uses_of(uses, result) != 1) return false;
        const Node& source = node_of(graph, result);
        const auto* conv = ops::as<ops::Convolution>(*source.op);
        if (conv == nullptr || conv->tail.pools) return false;
        ops::ConvolutionTail tail = conv->tail;
        tail.pools = true;
        tail.places = uses_of(uses, {i, 1}) != 0;
        const auto fused = std::make_shared<ops::Convolution>(conv->window, conv->groups, conv->has_bias, tail);
        rewriter.label_as(source);
        std::vector<Value> outputs = rewriter.to().add(fused, rewriter.inputs(source));
        // Rounding makes equals, of which the first one's place counts: in bfloat16 engines round before they pool.
        if (rounded) outputs[0] = ops::rounded(rewriter.to(), outputs[0]);
        if (!tail.places) outputs.resize(1);
        rewriter.map(i, outputs);
        return true;
    });
}

Graph fold_padding(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        const auto* pad = node.inputs.empty() ? nullptr : ops::as<ops::Pad>(graph.producer(node.inputs[0]));
        if (pad == nullptr || uses_of(uses, node.inputs[0]) != 1) return false;
        const Value image = node_of(graph, node.inputs[0]).inputs[0];
        ops::OpPtr folded;
        if (const auto* conv = ops::as<ops::Convolution>(*node.op)) {
            if (const auto window = padded(conv->window, *pad)) {
                folded = std::make_shared<ops::Convolution>(*window, conv->groups, conv->has_bias, conv->tail);
            }
        }
        // Zeros lose or draw every maximum with what a relu made.
        if (const auto* pool = ops::as<ops::MaxPool>(*node.op);
            pool != nullptr && uses_of(uses, {i, 1}) == 0 && is_after_relu(graph, image)) {
            const auto window = padded(pool->window, *pad);
            if (window && reaches_the_image(*window)) folded = std::make_shared<ops::MaxPool>(*window);
        }
        if (folded == nullptr) return false;
        std::vector<Value> inputs = rewriter.inputs(node);
        inputs[0] = rewriter[image];
        rewriter.label_as(node);
        rewriter.map(i, rewriter.to().add(folded, std::move(inputs)));
        return true;
    });
}

Graph fold_batch_norm(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        const auto* norm = ops::as<ops::BatchNormInference>(*node.op);
        if (norm == nullptr) return false;
        const auto [result, rounded] = source_of(graph, uses, node.inputs[0]);
        if (uses_of(uses, result) != 1) return false;
        const Node& source = node_of(graph, result);
        const ops::OpPtr folded = linear_with(*source.op, true, ops::Epilogue::none);
        if (folded == nullptr || !scales_by_last_axis(*source.op)) return false;
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
        const Value centre =
            inputs.size() > 2 ? ops::subtract(to, inputs[2], mean) : ops::unary(to, ops::UnaryKind::negate, mean);
        const Value bias = ops::add(to, ops::multiply(to, centre, scale), beta);
        rewriter.label_as(source);
        map_fused(rewriter, i, rounded, folded, {inputs[0], kernel, bias});
        return true;
    });
}

}  // namespace markhor::graph
