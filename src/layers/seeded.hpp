// What layers that draw random numbers share.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "layers/layer_base.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {

/// {seed, step}: with a seed of its own, a layer takes only the step from the run.
inline graph::Value seed_of(CallContext& context, const std::optional<std::int64_t>& own) {
    if (!own) return context.seed;
    graph::Graph& graph = context.graph;
    const std::array<std::int64_t, 1> seed{*own};
    const graph::Value step = ops::slice(graph, context.seed, {1}, {2});
    return ops::concatenate(graph, {graph.constant(Tensor::from<std::int64_t>({1}, seed)), step}, 0);
}

}  // namespace markhor::layers
