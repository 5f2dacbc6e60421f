// Passes that join neighbouring ops or swap them for cheaper ones.
#include <optional>

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

int uses_of(const std::vector<std::vector<int>>& uses, Value value) {
    return uses[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
}

// What an op that can be fused reads: a value, or what that was rounded from where nothing else reads either. Then the
// rounding is left out between the two, and the fused result is rounded in its place. (What was fused before is rounded
// twice: for the op that went into it, and as its layer's result.)
struct Source {
    Value value;
    bool rounded = false;
};

Source source_of(const Graph& graph, const std::vector<std::vector<int>>& uses, Value value) {
    Source source{value};
    while (ops::is_rounded(graph, source.value) && uses_of(uses, source.value) == 1) {
        const Value narrow = node_of(graph, source.value).inputs[0];
        const Node& rounding = node_of(graph, narrow);
        if (ops::as<ops::Cast>(*rounding.op) == nullptr || uses_of(uses, narrow) != 1) break;
        source = {rounding.inputs[0], true};
    }
    return source;
}

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

// 3x3 taps of neighbouring pixels at each pixel: what engines have a fused gradient for. Elsewhere the full map would
// be made for each of a convolution's two gradients anew.
bool is_three_by_three(const ops::Window& window) {
    return window.rank == 2 && window.size == ops::Spatial{1, 3, 3} && window.stride == ops::Spatial{1, 1, 1} &&
           window.dilation == ops::Spatial{1, 1, 1};
}

// The last axis of the kernel counts output channels, so that scaling it scales the output's channels.
bool scales_by_last_axis(const ops::Op& op) {
    const auto* matmul = ops::as<ops::MatMul>(op);
    return matmul == nullptr || !matmul->transpose_b;
}

// A fused node of the new graph stands for an old one.
void map_fused(Rewriter& rewriter, int node, bool rounded, const ops::OpPtr& op, std::vector<Value> inputs) {
    const Value fused = rewriter.to().add1(op, std::move(inputs));
    rewriter.map(node, {rounded ? ops::rounded(rewriter.to(), fused) : fused});
}

// The graph with each node either rewritten by `rewrites`(rewriter, node's number, node), which says whether it was, or
// copied; without what is not read any more.
template <class Rewrites>
Graph rewritten(const Graph& graph, const Rewrites& rewrites) {
    Rewriter rewriter(graph);
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        if (!rewrites(rewriter, i, graph.nodes()[static_cast<std::size_t>(i)])) rewriter.copy(i);
    }
    return drop_unused(rewriter.finish());
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

Graph fuse_unpooling(const Graph& graph) {
    // For each gradient of a pooling: it may become part of the gradients that read it.
    const auto uses = count_uses(graph);
    std::vector<int> readers(graph.nodes().size(), 0);
    const auto reads_unpooled = [](const Node& node) -> Value {
        if (const auto* dx = ops::as<ops::ConvolutionInputGradient>(*node.op)) {
            return dx->fusion == ops::GradientFusion{} && is_three_by_three(dx->window) ? node.inputs[0] : Value{};
        }
        const auto* dw = ops::as<ops::ConvolutionWeightGradient>(*node.op);
        return dw != nullptr && !dw->unpools && is_three_by_three(dw->window) ? node.inputs[1] : Value{};
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
            inputs[0] = rewriter[scatter.inputs[0]];
            fused = std::make_shared<ops::ConvolutionInputGradient>(dx->window, dx->groups, dx->input_shape,
                                                                    ops::GradientFusion{.unpools = true});
        } else {
            const auto* dw = ops::as<ops::ConvolutionWeightGradient>(*node.op);
            inputs[1] = rewriter[scatter.inputs[0]];
            fused = std::make_shared<ops::ConvolutionWeightGradient>(dw->window, dw->groups, dw->has_bias,
                                                                     dw->kernel_shape, true);
        }
        inputs.push_back(rewriter[scatter.inputs[1]]);
        rewriter.label_as(node);
        rewriter.map(i, rewriter.to().add(fused, std::move(inputs)));
        return true;
    });
}

Graph fuse_mask(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& node) {
        const auto* relu = ops::as<ops::UnaryGradient>(*node.op);
        if (relu == nullptr || relu->kind != ops::UnaryKind::relu || !relu->uses_output() ||
            uses_of(uses, node.inputs[0]) != 1) {
            return false;
        }
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

Graph mask_after_pooling(const Graph& graph) {
    const auto uses = count_uses(graph);
    return rewritten(graph, [&](Rewriter& rewriter, int i, const Node& mask) {
        const auto* relu = ops::as<ops::UnaryGradient>(*mask.op);
        if (relu == nullptr || relu->kind != ops::UnaryKind::relu || !relu->uses_output() ||
            uses_of(uses, mask.inputs[0]) != 1) {
            return false;
        }
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
