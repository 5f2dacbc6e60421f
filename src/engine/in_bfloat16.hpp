// ops::InBfloat16 by the float32 kernel of the op inside: values are widened before it and rounded after it.
#pragma once

#include "core/bfloat16.hpp"
#include "graph/engine.hpp"
#include "ops/in_bfloat16.hpp"

namespace markhor::engine {

/// How an engine converts whole tensors.
struct Conversions {
    void (*widen)(std::int64_t count, const BFloat16* from, float* to);
    void (*round)(std::int64_t count, const float* from, BFloat16* to);
};

/// Copies of what is bfloat16 lie in scratch. Throws as engine.kernel() does.
graph::KernelPtr by_float32(const graph::Engine& engine, const Conversions& conversions, const ops::InBfloat16& op,
                            graph::Specs inputs, graph::Specs outputs);

}  // namespace markhor::engine
