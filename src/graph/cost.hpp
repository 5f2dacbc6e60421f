// What a graph costs, by its ops' own rules.
#pragma once

#include "graph/graph.hpp"

namespace markhor::graph {

/// Of one run of a node of this graph.
ops::Cost cost_of(const Graph& graph, const Node& node);
/// Of all nodes together.
ops::Cost cost_of(const Graph& graph);

}  // namespace markhor::graph
