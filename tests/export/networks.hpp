// Small networks that between them lower to every op that exporters meet.
#pragma once

#include <markhor/model.hpp>
#include <string>
#include <vector>

namespace markhor::test {

/// With random weights, and moving statistics that do something.
std::vector<Model> networks_to_export();

/// Numbers in [-1, 1), the same in each call.
Tensor example(const Shape& shape, std::uint32_t seed);

}  // namespace markhor::test
