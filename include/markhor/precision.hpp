// How exactly float32 products are computed.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <string>

namespace markhor {

/// "high" (default): 3x3 convolutions are computed by Winograd's minimal filtering where that is faster; results stay
/// within 1e-5 of the output's scale of the exact sums. "highest": every product is multiplied and added as it stands.
/// Holds for whatever is compiled or first run from now on. Throws ValueError for another word. Named after
/// torch.set_float32_matmul_precision.
void set_float32_matmul_precision(const std::string& precision);
/// "high" or "highest".
std::string float32_matmul_precision();

}  // namespace markhor
