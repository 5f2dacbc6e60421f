#include <atomic>
#include <markhor/memory.hpp>

namespace markhor {
namespace {

std::atomic<std::size_t> limit{0};

}  // namespace

void set_memory_limit(std::size_t bytes) noexcept { limit.store(bytes); }
std::size_t memory_limit() noexcept { return limit.load(); }

}  // namespace markhor
