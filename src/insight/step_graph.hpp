// The training step's graph of a compiled model, for costs and profiles.
#pragma once

#include "graph/graph.hpp"
#include "model/model_base.hpp"

namespace markhor::insight {

/// For whichever targets the loss takes: as many numbers as the model predicts, or class numbers. Throws ValueError
/// where the model is not compiled.
graph::Graph training_graph(const ModelBase& model, std::int64_t batch);

}  // namespace markhor::insight
