// The one way work is spread over threads. OpenMP underneath, because oneDNN uses the same pool: a second pool
// would fight it for the cores. Under ThreadSanitizer (which does not know libgomp) loops run serially.
#pragma once

#include <cstdint>

#if defined(_OPENMP) && !defined(__SANITIZE_THREAD__)
#include <omp.h>
#define MARKHOR_PARALLEL 1
#endif

namespace markhor {

/// Threads that a parallel loop uses: set_num_threads' value, else OMP_NUM_THREADS, else the cores of the machine.
int num_threads() noexcept;

/// Fixes the number of threads for the loops that follow (0: back to the default).
void set_num_threads(int threads) noexcept;

/// Calls body(begin, end) on contiguous chunks of [0, count): one chunk a thread, the same split for the same count and
/// number of threads, so that a run is repeatable. Fewer threads when a chunk would be under `grain` items.
/// The body must not throw. A nested call runs serially.
template <class Body>
void parallel_for(std::int64_t count, std::int64_t grain, const Body& body) {
    if (count <= 0) return;
    std::int64_t threads = grain > 0 ? (count + grain - 1) / grain : count;
    if (threads > num_threads()) threads = num_threads();
#ifdef MARKHOR_PARALLEL
    if (threads > 1 && !omp_in_parallel()) {
#pragma omp parallel num_threads(static_cast <int>(threads))
        {
            const std::int64_t team = omp_get_num_threads();
            const std::int64_t rank = omp_get_thread_num();
            const std::int64_t begin = count * rank / team;
            const std::int64_t end = count * (rank + 1) / team;
            if (begin < end) body(begin, end);
        }
        return;
    }
#endif
    body(std::int64_t{0}, count);
}

}  // namespace markhor
