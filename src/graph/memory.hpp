// What a planned graph takes of memory while it runs.
#pragma once

#include "graph/executable.hpp"

namespace markhor::graph {

/// Bytes of a run: the arena, what is kept between runs, and all that the graph reads and returns.
std::size_t run_bytes(const Executable& executable);

}  // namespace markhor::graph
