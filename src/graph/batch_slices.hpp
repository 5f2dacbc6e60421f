// A batch at inference may be computed a few examples at a time, so that what lies between the ops stays in cache.
#pragma once

#include <cstdint>

#include "graph/executable.hpp"

namespace markhor::graph {

/// The examples to compute at a time, of a plan for a batch of so many: the batch where that is no more than cache
/// holds, or where the graph may mix examples. Otherwise fewer, but enough that the weights are not read too often for
/// it. By sizes alone: the same on any machine.
std::int64_t examples_at_once(const Executable& executable, std::int64_t batch);

/// Whether each output's part for an example depends on that example alone: placeholders whose first axis is `batch`
/// hold as many examples.
bool keeps_examples_apart(const Graph& graph, std::int64_t batch);

}  // namespace markhor::graph
