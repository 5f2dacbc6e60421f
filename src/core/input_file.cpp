#include "core/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <markhor/error.hpp>
#include <system_error>
#include <utility>

namespace markhor {
namespace {

std::string kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

[[noreturn]] void refuse(const std::filesystem::path& file, mode_t mode) {
    throw FileError(file.string() + ": is not a file but " + kind_of(mode) + "; a file is wanted");
}

[[noreturn]] void fail(const std::filesystem::path& file, const char* what, int reason) {
    throw FileError(file.string() + ": " + what + ": " + std::generic_category().message(reason));
}

/// What stands at that name; a device is not even opened, which may already do something.
void check_kind(const std::filesystem::path& file) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) == 0) {
        if (!S_ISREG(status.st_mode)) refuse(file, status.st_mode);
    } else if (errno == ENOENT) {
        throw FileError(file.string() + ": there is no such file");
    } else {
        fail(file, "cannot be opened", errno);
    }
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& file) {
    check_kind(file);
    // It may have been replaced meanwhile: nothing waits, and the descriptor is asked again.
    const int opened = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened < 0) fail(file, "cannot be opened", errno);
    descriptor_ = opened;
    if (opened <= STDERR_FILENO) {
        descriptor_ = ::fcntl(opened, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        const int reason = errno;
        ::close(opened);
        if (descriptor_ < 0) fail(file, "cannot be opened", reason);
    }
    struct stat status = {};
    const int reason = ::fstat(descriptor_, &status) == 0 ? 0 : errno;
    if (reason == 0 && S_ISREG(status.st_mode)) {
        size_ = static_cast<std::size_t>(status.st_size);
        return;
    }
    ::close(descriptor_);
    if (reason != 0) fail(file, "cannot be read", reason);
    refuse(file, status.st_mode);
}

InputFile::~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int InputFile::release() noexcept { return std::exchange(descriptor_, -1); }

std::string read_text_file(const std::filesystem::path& file, std::size_t limit) {
    const InputFile input(file);
    if (input.size() > limit) {
        throw FileError(file.string() + ": has " + std::to_string(input.size()) + " bytes; at most " +
                        std::to_string(limit) + " are read");
    }
    std::string text(input.size(), '\0');
    std::size_t used = 0;
    while (used < text.size()) {
        const ssize_t got = ::read(input.descriptor(), text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(file, "cannot be read", errno);
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    text.resize(used);
    return text;
}

}  // namespace markhor
