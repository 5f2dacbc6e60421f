// How much memory there is to be had.
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <markhor/image_listing.hpp>
#include <optional>
#include <string>

namespace markhor::data {
namespace {

/// A file that holds one number; nothing where there is no such file or it says "max".
std::optional<std::uint64_t> number_in(const std::string& file) {
    std::ifstream stream(file);
    std::uint64_t number = 0;
    if (stream >> number) return number;
    return std::nullopt;
}

/// A line "Name:  123 kB" of a file of /proc, in bytes.
std::optional<std::uint64_t> field_of(const char* file, const std::string& name) {
    std::ifstream stream(file);
    for (std::string word; stream >> word;) {
        std::uint64_t kilobytes = 0;
        if (word == name && stream >> kilobytes) return kilobytes << 10U;
    }
    return std::nullopt;
}

}  // namespace

std::size_t available_memory() {
    std::optional<std::uint64_t> least = field_of("/proc/meminfo", "MemAvailable:");
    const auto limit_to = [&](std::optional<std::uint64_t> most, std::optional<std::uint64_t> used) {
        if (!most || !used) return;
        const std::uint64_t left = *most > *used ? *most - *used : 0;
        least = std::min(least.value_or(left), left);
    };
    const std::string groups = "/sys/fs/cgroup/";
    limit_to(number_in(groups + "memory.max"), number_in(groups + "memory.current"));
    limit_to(number_in(groups + "memory/memory.limit_in_bytes"), number_in(groups + "memory/memory.usage_in_bytes"));
    rlimit space{};
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
        limit_to(space.rlim_cur, field_of("/proc/self/status", "VmSize:"));
    }
    return least ? static_cast<std::size_t>(*least) : 0;
}

}  // namespace markhor::data
