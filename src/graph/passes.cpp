// Passes that hold for any graph, and the order in which all of them run. Those that know particular ops are in
// fuse.cpp.
#include "graph/passes.hpp"

#include <map>
#include <tuple>
#include <typeindex>
#include <utility>

#include "graph/rewriter.hpp"

namespace markhor::graph {

Graph merge_equal(const Graph& graph) {
    using Key = std::tuple<std::type_index, std::string, std::vector<std::pair<int, int>>>;
    std::map<Key, std::vector<Value>> seen;
    Rewriter rewriter(graph);
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        const Node& node = graph.nodes()[static_cast<std::size_t>(i)];
        if (node.inputs.empty()) {
            rewriter.copy(i);
            continue;
        }
        std::vector<std::pair<int, int>> inputs;
        for (const Value input : rewriter.inputs(node)) inputs.emplace_back(input.node, input.output);
        const ops::Op& op = *node.op;
        const Key key{typeid(op), op.attributes(), std::move(inputs)};
        if (const auto found = seen.find(key); found != seen.end()) {
            rewriter.map(i, found->second);
            continue;
        }
        rewriter.copy(i);
        std::vector<Value> values;
        values.reserve(node.outputs.size());
        for (int output = 0; output < static_cast<int>(node.outputs.size()); ++output) {
            values.push_back(rewriter[{i, output}]);
        }
        seen.emplace(key, std::move(values));
    }
    return rewriter.finish();
}

Graph drop_unused(const Graph& graph) {
    std::vector<bool> needed(graph.nodes().size(), false);
    for (const Assignment& assignment : graph.assignments()) {
        needed[static_cast<std::size_t>(assignment.value.node)] = true;
    }
    for (const Value output : graph.outputs()) needed[static_cast<std::size_t>(output.node)] = true;
    for (std::size_t i = graph.nodes().size(); i-- > 0;) {
        const Node& node = graph.nodes()[i];
        // A placeholder stays, so that what is fed does not depend on what was optimised away.
        if (ops::as<Placeholder>(*node.op) != nullptr) needed[i] = true;
        if (!needed[i]) continue;
        for (const Value input : node.inputs) needed[static_cast<std::size_t>(input.node)] = true;
    }
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < needed.size(); ++i) {
        if (needed[i]) rewriter.copy(static_cast<int>(i));
    }
    return rewriter.finish();
}

Graph optimize(const Graph& graph) {
    const bool rounds = has_bfloat16(graph);
    Graph fused = fold_batch_norm(rounds ? settle_roundings(graph) : fold_training_norm(graph));
    fused = fold_padding(fuse_activation(fuse_add(fused)));
    fused = fuse_pooling(mask_after_pooling(fused));
    fused = drop_unused(merge_equal(fuse_mask(fuse_unpooling(fused))));
    return rounds ? use_bfloat16(fused) : std::move(fused);
}

}  // namespace markhor::graph
