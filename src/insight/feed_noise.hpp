// Inputs for graphs that are run to be timed.
#pragma once

#include "graph/executable.hpp"

namespace markhor::insight {

/// Feeds every placeholder numbers in [0, 1), the same each time.
void feed_noise(graph::Execution& execution);

}  // namespace markhor::insight
