#include "core/parallel.hpp"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace markhor {
namespace {

std::atomic<int> chosen{0};

#ifdef MARKHOR_PARALLEL
/// As many of `wanted` threads as the system lets live side by side, the caller's own included. Asked beforehand,
/// because OpenMP ends the program when it gets one less.
int available_of(int wanted) {
    std::mutex mutex;
    std::condition_variable ended;
    bool may_end = false;
    std::vector<std::thread> threads;
    try {
        while (static_cast<int>(threads.size()) + 1 < wanted) {
            threads.emplace_back([&] {
                std::unique_lock lock(mutex);
                ended.wait(lock, [&] { return may_end; });
            });
        }
    } catch (const std::exception&) {  // no thread, or no memory for one
    }
    {
        const std::lock_guard lock(mutex);
        may_end = true;
    }
    ended.notify_all();
    for (std::thread& thread : threads) thread.join();
    return static_cast<int>(threads.size()) + 1;
}
#endif

int default_threads() noexcept {
#ifdef MARKHOR_PARALLEL
    static const int threads = available_of(omp_get_max_threads());
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

void set_num_threads(int threads) noexcept {
#ifdef MARKHOR_PARALLEL
    if (threads > default_threads()) threads = available_of(threads);
#endif
    chosen.store(threads > 0 ? threads : 0, std::memory_order_relaxed);
}

}  // namespace markhor
