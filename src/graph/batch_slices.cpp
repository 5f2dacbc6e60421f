#include "graph/batch_slices.hpp"

#include <algorithm>
#include <vector>

#include "graph/rewriter.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/in_bfloat16.hpp"
#include "ops/matmul.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "ops/resample.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"

namespace markhor::graph {
namespace {

// Measured on two cores with 2 MB of second cache each: networks are fastest while their arena is below this, and 20 to
// 30 % slower above twice as much.
constexpr std::int64_t arena_in_cache = 32 << 20;
// Reading the weights once more for each part of a batch costs less than this share of the values' own traffic.
constexpr double share_of_weights = 0.4;

// Values that hold examples: each a part of the first axis, one after the other.
class Examples {
public:
    Examples(const Graph& graph, std::int64_t batch) : graph_(graph), batch_(batch) {}

    bool apart() {
        for (const Node& node : graph_.nodes()) {
            bool holds = false;
            if (ops::as<Placeholder>(*node.op) != nullptr) {
                holds = has_parts(node.outputs[0].shape);
            } else if (std::ranges::any_of(node.inputs, [&](Value input) { return held(input); })) {
                if (!is_apart(*node.op, node)) return false;
                holds = true;
            }
            held_.push_back(holds);
        }
        return std::ranges::all_of(
            graph_.outputs(), [&](Value output) { return held(output) && graph_.spec(output).shape[0] == batch_; });
    }

    bool held(Value value) const { return held_[static_cast<std::size_t>(value.node)]; }

private:
    bool has_parts(const Shape& shape) const { return shape.rank() > 0 && shape[0] > 0 && shape[0] % batch_ == 0; }
    const Shape& shape_of(Value value) const { return graph_.spec(value).shape; }

    bool is_apart(const ops::Op& op, const Node& node) const {
        if (const auto* narrow = ops::as<ops::InBfloat16>(op)) return is_apart(*narrow->op, node);
        for (const Value input : node.inputs) {
            if (held(input) && !has_parts(shape_of(input))) return false;
        }
        if (!has_parts(node.outputs[0].shape)) return false;
        const Shape& shape = shape_of(node.inputs[0]);
        const auto lacks_first = [](const std::vector<int>& axes) { return !std::ranges::count(axes, 0); };
        if (ops::as<ops::Binary>(op) != nullptr) return is_apart(node);
        if (const auto* joined = ops::as<ops::Concatenate>(op)) {
            return joined->axis != 0 && std::ranges::all_of(node.inputs, [&](Value input) { return held(input); });
        }
        // Of the rest only what a convolution adds may hold examples besides the first input.
        const auto* conv = ops::as<ops::Convolution>(op);
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            const bool may = i == 0 || (conv != nullptr && conv->tail.adds && i + 1 == node.inputs.size());
            if (held(node.inputs[i]) && !may) return false;
        }
        if (conv != nullptr) return true;
        if (const auto* pad = ops::as<ops::Pad>(op)) return pad->before[0] == 0 && pad->after[0] == 0;
        if (const auto* slice = ops::as<ops::Slice>(op)) return slice->begin[0] == 0 && slice->end[0] == shape[0];
        if (const auto* transpose = ops::as<ops::Transpose>(op)) return transpose->permutation[0] == 0;
        if (const auto* reduce = ops::as<ops::Reduce>(op)) return lacks_first(reduce->axes);
        if (const auto* spread = ops::as<ops::BroadcastTo>(op)) return lacks_first(spread->axes);
        if (const auto* resample = ops::as<ops::Resample>(op)) return resample->axis != 0;
        if (const auto* product = ops::as<ops::MatMul>(op)) return !product->transpose_a;
        if (ops::as<ops::Softmax>(op) != nullptr) return shape.rank() > 1;
        return ops::as<ops::Reshape>(op) != nullptr || ops::as<ops::Unary>(op) != nullptr ||
               ops::as<ops::Cast>(op) != nullptr || ops::as<ops::MaxPool>(op) != nullptr ||
               ops::as<ops::AveragePool>(op) != nullptr || ops::as<ops::BatchNormInference>(op) != nullptr ||
               ops::as<ops::ConvolutionInputGradient>(op) != nullptr;
    }

    // An operand without examples is the same for all of them.
    bool is_apart(const Node& binary) const {
        const Shape& result = binary.outputs[0].shape;
        return std::ranges::all_of(binary.inputs, [&](Value input) {
            const Shape& shape = shape_of(input);
            if (held(input)) return shape.rank() == result.rank() && shape[0] == result[0];
            return shape.rank() < result.rank() || shape[0] == 1;
        });
    }

    const Graph& graph_;
    std::int64_t batch_;
    std::vector<bool> held_;  // [node]
};

// The largest divisor of the batch that is not much smaller, so that all parts are alike; else the number itself.
std::int64_t even_part(std::int64_t batch, std::int64_t wanted) {
    for (std::int64_t part = wanted; 2 * part > wanted; --part) {
        if (batch % part == 0) return part;
    }
    return wanted;
}

}  // namespace

bool keeps_examples_apart(const Graph& graph, std::int64_t batch) { return Examples(graph, batch).apart(); }

std::int64_t examples_at_once(const Executable& executable, std::int64_t batch) {
    const auto arena = static_cast<std::int64_t>(executable.arena_bytes());
    if (batch < 2 || arena <= arena_in_cache) return batch;
    const Graph& graph = executable.graph();
    Examples examples(graph, batch);
    if (!examples.apart()) return batch;
    double values = 0;
    for (const Node& node : graph.nodes()) {
        if (node.op->is_view() || node.inputs.empty()) continue;
        if (!examples.held({static_cast<int>(&node - graph.nodes().data()), 0})) continue;
        for (const Value input : node.inputs) {
            if (examples.held(input)) values += static_cast<double>(graph.spec(input).bytes());
        }
        for (const ops::TensorSpec& output : node.outputs) values += static_cast<double>(output.bytes());
    }
    const double values_of_one = std::max(values / static_cast<double>(batch), 1.0);
    const auto for_weights = static_cast<std::int64_t>(static_cast<double>(executable.weight_bytes_a_run()) /
                                                       (share_of_weights * values_of_one));
    const std::int64_t for_cache = arena_in_cache * batch / arena;
    const std::int64_t wanted = std::max<std::int64_t>({1, for_cache, for_weights});
    return 2 * wanted > batch ? batch : even_part(batch, wanted);
}

}  // namespace markhor::graph
