#include "core/parallel.hpp"

#include <atomic>

namespace markhor {
namespace {

std::atomic<int> chosen{0};

int default_threads() noexcept {
#ifdef MARKHOR_PARALLEL
    static const int threads = omp_get_max_threads();
    return threads;
#else
    return 1;
#endif
}

}  // namespace

int num_threads() noexcept {
    const int threads = chosen.load(std::memory_order_relaxed);
    return threads > 0 ? threads : default_threads();
}

void set_num_threads(int threads) noexcept { chosen.store(threads > 0 ? threads : 0, std::memory_order_relaxed); }

}  // namespace markhor
