// Threads for reading and decoding. Not OpenMP's: batches are read while the engine computes, and a second OpenMP team
// would spin for the same cores, where these sleep.
#pragma once

#include <cstdint>
#include <functional>

namespace markhor::data {

/// Calls body(i) for each i of [0, count), on the caller's thread and on up to num_threads() - 1 others. Of several
/// exceptions, the one of the lowest i is thrown: the same each time. May be called from several threads at once, and
/// from within a body.
void for_each(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace markhor::data
