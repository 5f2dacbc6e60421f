// What the fusing passes share: ops are joined across a rounding to bfloat16 too, which then follows the fused op.
#pragma once

#include "graph/rewriter.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::graph {

/// What an op that can be fused reads: a value, or what that was rounded from where nothing else reads either. Then the
/// rounding is left out between the two, and the fused result is rounded in its place. (What was fused before is
/// rounded twice: for the op that went into it, and as its layer's result.)
struct Source {
    Value value;
    bool rounded = false;
};

inline Source source_of(const Graph& graph, const std::vector<std::vector<int>>& uses, Value value) {
    Source source{value};
    while (ops::is_rounded(graph, source.value) && uses_of(uses, source.value) == 1) {
        const Value narrow = node_of(graph, source.value).inputs[0];
        const Node& rounding = node_of(graph, narrow);
        if (ops::as<ops::Cast>(*rounding.op) == nullptr || uses_of(uses, narrow) != 1) break;
        source = {rounding.inputs[0], true};
    }
    return source;
}

/// A fused node of the new graph stands for an old one.
inline void map_fused(Rewriter& rewriter, int node, bool rounded, const ops::OpPtr& op, std::vector<Value> inputs) {
    const Value fused = rewriter.to().add1(op, std::move(inputs));
    rewriter.map(node, {rounded ? ops::rounded(rewriter.to(), fused) : fused});
}

}  // namespace markhor::graph
