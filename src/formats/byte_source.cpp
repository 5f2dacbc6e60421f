#include "formats/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <markhor/error.hpp>
#include <system_error>

namespace markhor::formats {
namespace {

bool lies_within(std::uint64_t size, std::uint64_t offset, std::size_t count) {
    return offset <= size && count <= size - offset;
}

}  // namespace

FileSource::FileSource(const std::filesystem::path& file) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    const auto fail = [&](const std::string& what) {
        if (descriptor_ >= 0) ::close(descriptor_);
        throw FileError(file.string() + ": " + what);
    };
    if (descriptor_ < 0 && errno == ENOENT) fail("no such file");
    if (descriptor_ < 0) fail("cannot be opened: " + std::generic_category().message(errno));
    struct stat status = {};
    if (::fstat(descriptor_, &status) != 0) fail("cannot be read: " + std::generic_category().message(errno));
    if (!S_ISREG(status.st_mode)) fail("it is no file; a regular file is wanted");
    size_ = static_cast<std::uint64_t>(status.st_size);
}

FileSource::~FileSource() { ::close(descriptor_); }

bool FileSource::read(std::uint64_t offset, std::span<std::byte> to) {
    if (!lies_within(size_, offset, to.size())) return false;
    while (!to.empty()) {
        const ssize_t count = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset));
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
