// What every pass is made of: a walk over an old graph that builds a new one.
#pragma once

#include <vector>

#include "graph/passes.hpp"

namespace markhor::graph {

/// Builds a new graph node by node. A pass walks the old nodes in order and for each either copies it or maps its
/// outputs to other values of the new graph.
class Rewriter {
public:
    explicit Rewriter(const Graph& from);

    const Graph& from() const noexcept { return from_; }
    Graph& to() noexcept { return to_; }
    /// The new value for an old one.
    Value operator[](Value old) const;
    /// New values for the inputs of an old node.
    std::vector<Value> inputs(const Node& node) const;
    /// The new graph's next nodes carry this old node's label.
    void label_as(const Node& node) { to_.set_label(node.label); }

    void copy(int node);
    /// The old node's outputs stand for these new values (fewer: the rest are gone).
    void map(int node, const std::vector<Value>& values);
    /// Carries over assignments and outputs.
    Graph finish();

private:
    const Graph& from_;
    Graph to_;
    std::vector<std::vector<Value>> map_;
};

inline const Node& node_of(const Graph& graph, Value value) {
    return graph.nodes()[static_cast<std::size_t>(value.node)];
}

/// How often each value is read: by nodes, assignments and the graph's outputs. [node][output]
std::vector<std::vector<int>> count_uses(const Graph& graph);
inline int uses_of(const std::vector<std::vector<int>>& uses, Value value) {
    return uses[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
}

/// The graph with each node either rewritten by `rewrites`(rewriter, node's number, node), which says whether it was,
/// or copied; without what is not read any more.
template <class Rewrites>
Graph rewritten(const Graph& graph, const Rewrites& rewrites) {
    Rewriter rewriter(graph);
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        if (!rewrites(rewriter, i, graph.nodes()[static_cast<std::size_t>(i)])) rewriter.copy(i);
    }
    return drop_unused(rewriter.finish());
}

}  // namespace markhor::graph
