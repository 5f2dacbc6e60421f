// The engines there are.
#pragma once

#include "graph/engine.hpp"

namespace markhor::engine {

/// Plain loops with double sums, for float32 and float64: slow, and what the others are tested against.
const graph::Engine& reference();

/// oneDNN and our own vectorised kernels, float32; ops they do not cover run on the reference kernels.
const graph::Engine& cpu();

}  // namespace markhor::engine
