// How much memory a model may take: known before it runs, and refused where it is too much.
#pragma once

#include <markhor/requires_cxx20.hpp>

#include <cstddef>

namespace markhor {

/// The most memory, in bytes, that one planned run may take (0, the default: as much as there is): weights, the
/// optimizer's variables, intermediate values, the batch itself. fit, train_on_batch, evaluate and predict plan before
/// they run and throw Error for a batch that needs more, naming the batch size that fits. Holds for plans made from now
/// on.
void set_memory_limit(std::size_t bytes) noexcept;
std::size_t memory_limit() noexcept;

}  // namespace markhor
