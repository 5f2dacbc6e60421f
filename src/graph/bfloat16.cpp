// Passes for layers of the policy mixed_bfloat16. Such layers round their values by a cast to bfloat16 and one back; by
// that alone a graph means what it should, on any engine. Here roundings that change nothing go, and ops between
// roundings come to read and write bfloat16 itself.
#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "graph/passes.hpp"
#include "graph/rewriter.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/in_bfloat16.hpp"
#include "ops/matmul.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::graph {
namespace {

bool rounds_to_bfloat16(const ops::Op& op) {
    const auto* cast = ops::as<ops::Cast>(op);
    return cast != nullptr && cast->dtype == DType::bfloat16;
}

bool is_relu_gradient(const ops::Op& op) {
    const auto* gradient = ops::as<ops::UnaryGradient>(op);
    return gradient != nullptr && gradient->kind == ops::UnaryKind::relu && gradient->uses_output();
}

// Each float32 element of the op's first output is an element of a float32 input, or 0: where those are rounded, it is.
bool only_selects(const ops::Op& op) {
    if (const auto* unary = ops::as<ops::Unary>(op)) return unary->is_plain_relu();
    if (const auto* scatter = ops::as<ops::MaxPoolGradient>(op)) return scatter->window.is_apart();
    return is_relu_gradient(op) || ops::as<ops::MaxPool>(op) != nullptr || ops::as<ops::Reshape>(op) != nullptr ||
           ops::as<ops::Transpose>(op) != nullptr || ops::as<ops::Concatenate>(op) != nullptr ||
           ops::as<ops::Slice>(op) != nullptr || ops::as<ops::Pad>(op) != nullptr;
}

// The inputs that an op which computes reads as bfloat16 where they are rounded. The rest (biases, scales, statistics)
// stays float32. Empty for an op that has no such form.
std::vector<std::size_t> narrow_inputs(const Graph& graph, const Node& node) {
    const ops::Op& op = *node.op;
    if (const auto* conv = ops::as<ops::Convolution>(op)) {
        if (conv->tail.adds) return {0, 1, node.inputs.size() - 1};
        return {0, 1};
    }
    if (const auto* gradient = ops::as<ops::ConvolutionInputGradient>(op)) {
        if (gradient->fusion.masks) return {0, 1, node.inputs.size() - 1};
        return {0, 1};
    }
    if (ops::as<ops::MatMul>(op) != nullptr || ops::as<ops::ConvolutionWeightGradient>(op) != nullptr ||
        ops::as<ops::BatchNormTrainingGradient>(op) != nullptr ||
        ops::as<ops::BatchNormInferenceGradient>(op) != nullptr || ops::as<ops::UnaryGradient>(op) != nullptr) {
        return {0, 1};
    }
    if (ops::as<ops::Binary>(op) != nullptr) {
        if (graph.spec(node.inputs[0]).shape != graph.spec(node.inputs[1]).shape) return {};
        return {0, 1};
    }
    const bool of_one = ops::as<ops::BatchNormTraining>(op) != nullptr ||
                        ops::as<ops::BatchNormInference>(op) != nullptr || ops::as<ops::Reduce>(op) != nullptr ||
                        ops::as<ops::BroadcastTo>(op) != nullptr || ops::as<ops::Unary>(op) != nullptr ||
                        ops::as<ops::AveragePool>(op) != nullptr || ops::as<ops::AveragePoolGradient>(op) != nullptr;
    return of_one ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

// Input 1 is a kernel that may be rounded here: batch normalization was folded into a rounded one.
bool takes_any_kernel(const ops::Op& op) {
    return ops::as<ops::Convolution>(op) != nullptr || ops::as<ops::MatMul>(op) != nullptr;
}

// [node]: its first output is read, and only to be rounded.
std::vector<bool> find_rounded_results(const Graph& graph) {
    std::vector<int> readers(graph.nodes().size(), 0), roundings = readers;
    for (const Node& node : graph.nodes()) {
        for (const Value input : node.inputs) {
            if (input.output != 0) continue;
            ++readers[static_cast<std::size_t>(input.node)];
            if (rounds_to_bfloat16(*node.op)) ++roundings[static_cast<std::size_t>(input.node)];
        }
    }
    for (const Assignment& assignment : graph.assignments()) ++readers[static_cast<std::size_t>(assignment.value.node)];
    for (const Value output : graph.outputs()) ++readers[static_cast<std::size_t>(output.node)];
    std::vector<bool> rounded(readers.size());
    for (std::size_t i = 0; i < rounded.size(); ++i) rounded[i] = readers[i] > 0 && readers[i] == roundings[i];
    return rounded;
}

// One walk of use_bfloat16().
class Narrowing {
public:
    explicit Narrowing(const Graph& graph)
        : graph_(graph), rewriter_(graph), rounded_results_(find_rounded_results(graph)) {}

    Graph run() {
        for (int i = 0; i < static_cast<int>(graph_.nodes().size()); ++i) {
            const Node& node = graph_.nodes()[static_cast<std::size_t>(i)];
            if (!node.inputs.empty()) {
                rewriter_.label_as(node);
                if (skips_rounding(i, node) || selects(i, node) || computes(i, node)) continue;
            }
            rewriter_.copy(i);
        }
        return drop_unused(rewriter_.finish());
    }

private:
    // The bfloat16 value that a new float32 value was widened from; invalid where there is none.
    Value narrow(Value value) {
        const Graph& to = rewriter_.to();
        return ops::is_rounded(to, value) ? to.producer_inputs(value)[0] : Value{};
    }

    // What is rounded has a bfloat16 form already.
    bool skips_rounding(int i, const Node& node) {
        if (!rounds_to_bfloat16(*node.op)) return false;
        const Value known = narrow(rewriter_[node.inputs[0]]);
        if (known) rewriter_.map(i, {known});
        return static_cast<bool>(known);
    }

    bool selects(int i, const Node& node) {
        if (!only_selects(*node.op) || graph_.spec({i, 0}).dtype != DType::float32) return false;
        std::vector<Value> inputs = rewriter_.inputs(node);
        for (Value& input : inputs) {
            if (rewriter_.to().spec(input).dtype != DType::float32) continue;  // a pooling's index
            input = narrow(input);
            if (!input) return false;
        }
        emit(i, node, std::move(inputs), true);
        return true;
    }

    bool computes(int i, const Node& node) {
        const bool only_reads = ops::as<ops::ConvolutionWeightGradient>(*node.op) != nullptr;  // its sums stay float32
        const std::vector<std::size_t> which = narrow_inputs(graph_, node);
        if (which.empty() || (!only_reads && !rounded_results_[static_cast<std::size_t>(i)])) return false;
        if (graph_.spec({i, 0}).dtype != DType::float32) return false;
        std::vector<Value> inputs = rewriter_.inputs(node);
        const bool rounds_kernel = takes_any_kernel(*node.op) && !narrow(inputs[1]);
        for (const std::size_t k : which) {
            if (k == 1 && rounds_kernel) continue;
            inputs[k] = narrow(inputs[k]);
            if (!inputs[k]) return false;
        }
        if (rounds_kernel) inputs[1] = ops::cast(rewriter_.to(), inputs[1], DType::bfloat16);
        emit(i, node, std::move(inputs), !only_reads);
        return true;
    }

    // The first output stands for the node's as a widened bfloat16 value where it is rounded.
    void emit(int i, const Node& node, std::vector<Value> inputs, bool rounds) {
        Graph& to = rewriter_.to();
        std::vector<Value> outputs =
            to.add(std::make_shared<ops::InBfloat16>(node.op, rounds ? 1U : 0U), std::move(inputs));
        if (rounds) outputs[0] = ops::cast(to, outputs[0], DType::float32);
        rewriter_.map(i, outputs);
    }

    const Graph& graph_;
    Rewriter rewriter_;
    std::vector<bool> rounded_results_;
};

}  // namespace

bool has_bfloat16(const Graph& graph) {
    return std::ranges::any_of(graph.nodes(), [](const Node& node) { return rounds_to_bfloat16(*node.op); });
}

Graph without_roundings(const Graph& graph) {
    Rewriter rewriter(graph);
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        if (ops::is_rounded(graph, {i, 0})) {
            const Value narrow = graph.nodes()[static_cast<std::size_t>(i)].inputs[0];
            rewriter.map(i, {rewriter[node_of(graph, narrow).inputs[0]]});
        } else {
            rewriter.copy(i);
        }
    }
    return drop_unused(rewriter.finish());
}

Graph settle_roundings(const Graph& graph) {
    Rewriter rewriter(graph);
    std::map<std::pair<int, int>, Value> rounded;  // of a value of the old graph: a value of the new one
    // A value of the new graph has no more than bfloat16's precision.
    std::vector<bool> settled;
    const auto is_settled = [&](Value value) {
        return value.output == 0 && static_cast<std::size_t>(value.node) < settled.size() &&
               settled[static_cast<std::size_t>(value.node)];
    };
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        const Node& node = graph.nodes()[static_cast<std::size_t>(i)];
        const Value self{i, 0};
        if (ops::is_rounded(graph, self)) {
            const Value source = node_of(graph, node.inputs[0]).inputs[0];
            if (is_settled(rewriter[source])) {
                rewriter.map(i, {rewriter[source]});
            } else {
                rewriter.copy(i);
            }
            rounded[{source.node, source.output}] = rewriter[self];
        } else if (is_relu_gradient(*node.op) && rounded.contains({node.inputs[1].node, node.inputs[1].output})) {
            // Rounding keeps what is above 0 above it (but for what is below 1e-40).
            rewriter.label_as(node);
            rewriter.map(i, rewriter.to().add(node.op, {rewriter[node.inputs[0]],
                                                        rounded[{node.inputs[1].node, node.inputs[1].output}]}));
        } else {
            rewriter.copy(i);
        }
        const Graph& to = rewriter.to();
        while (settled.size() < to.nodes().size()) {
            const Value made{static_cast<int>(settled.size()), 0};
            const Node& latest = to.nodes()[settled.size()];
            settled.push_back(ops::is_rounded(to, made) || (!latest.inputs.empty() && only_selects(*latest.op) &&
                                                            std::ranges::all_of(latest.inputs, [&](Value input) {
                                                                return to.spec(input).dtype != DType::float32 ||
                                                                       is_settled(input);
                                                            })));
        }
    }
    return drop_unused(rewriter.finish());
}

Graph use_bfloat16(const Graph& graph) { return Narrowing(graph).run(); }

}  // namespace markhor::graph
