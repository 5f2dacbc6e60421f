// How much of the image each layer's numbers depend on, by the windows on the way (Araujo et al., "Computing Receptive
// Fields of Convolutional Neural Networks", Distill, 2019).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace markhor::insight {

/// For each label of an inference graph of one image, its last node's: pixels along each spatial axis of the input;
/// empty: the whole image. Where a value that saw a part meets one that saw all (the gate of a squeeze-and-excite
/// block), the part counts. A part may be larger than the image.
std::map<std::string, std::vector<std::int64_t>> receptive_fields(const graph::Graph& graph);

}  // namespace markhor::insight
