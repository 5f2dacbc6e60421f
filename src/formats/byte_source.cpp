#include "formats/byte_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace markhor::formats {
namespace {

bool lies_within(std::uint64_t size, std::uint64_t offset, std::size_t count) {
    return offset <= size && count <= size - offset;
}

}  // namespace

FileSource::FileSource(const std::filesystem::path& file) : file_(file) {}

bool FileSource::read(std::uint64_t offset, std::span<std::byte> to) {
    if (!lies_within(size(), offset, to.size())) return false;
    while (!to.empty()) {
        const ssize_t count = ::pread(file_.descriptor(), to.data(), to.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        to = to.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}

bool MemorySource::read(std::uint64_t offset, std::span<std::byte> to) {
    if (!lies_within(bytes_.size(), offset, to.size())) return false;
    std::ranges::copy(bytes_.subspan(static_cast<std::size_t>(offset), to.size()), to.begin());
    return true;
}

}  // namespace markhor::formats
