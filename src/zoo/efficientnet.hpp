// What the two EfficientNets share.
#pragma once

#include "zoo/build.hpp"

namespace markhor::applications {

/// Each channel times a number between 0 and 1 that depends on all channels' means, through `squeezed` units.
SymbolicTensor squeeze_and_excite(const SymbolicTensor& x, std::int64_t squeezed, const std::string& prefix);

/// "block2a_" for the first of the second stage.
std::string block_prefix(std::size_t stage, int repeat);

}  // namespace markhor::applications
