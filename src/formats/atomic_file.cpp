#include "formats/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <markhor/error.hpp>
#include <string>
#include <system_error>
#include <utility>

namespace markhor::formats {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const std::string& what, int error) {
    throw FileError(file.string() + ": " + what + ": " + std::generic_category().message(error));
}

void sync(const fs::path& file, int flags) {
    const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) fail(file, "cannot be opened to sync it", errno);
    const int error = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (error != 0 && error != EINVAL)
        fail(file, "cannot be synced to the disk", error);  // EINVAL: a file system without sync
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

}  // namespace

AtomicFile::AtomicFile(fs::path file) : file_(std::move(file)) {
    std::error_code error;
    if (!fs::is_directory(folder_of(file_), error)) {
        throw FileError(file_.string() + ": cannot be written: there is no folder " + folder_of(file_).string());
    }
    static std::atomic<unsigned> count = 0;
    temporary_ = file_;
    temporary_ += "." + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
}

AtomicFile::~AtomicFile() {
    std::error_code ignored;
    if (!committed_) fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
    sync(temporary_, O_RDONLY);
    std::error_code error;
    fs::rename(temporary_, file_, error);
    if (error) fail(file_, "cannot be put in place", error.value());
    committed_ = true;
    sync(folder_of(file_), O_RDONLY | O_DIRECTORY);
}

void write_file(const fs::path& file, std::string_view content) {
    AtomicFile atomic(file);
    std::ofstream stream(atomic.temporary(), std::ios::binary);
    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    stream.close();
    if (!stream) fail(file, "cannot be written", errno);
    atomic.commit();
}

}  // namespace markhor::formats
