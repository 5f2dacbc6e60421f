#include "core/atomic_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <markhor/error.hpp>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace markhor {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".markhor-";
constexpr std::string_view suffix = ".tmp";
constexpr std::size_t random_digits = 8;
constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr int most_links = 40;  // as Linux has it

[[noreturn]] void fail(const fs::path& file, const std::string& what, int error) {
    throw FileError(file.string() + ": " + what + ": " + std::generic_category().message(error));
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

/// ".markhor-PID-xxxxxxxx.tmp"; the number is for people, the random part makes it new.
std::string new_name() {
    static thread_local std::random_device source;
    std::string name = std::string(prefix) + std::to_string(::getpid()) + "-";
    for (std::size_t i = 0; i < random_digits; ++i) name += digits[source() % digits.size()];
    return name + std::string(suffix);
}

bool is_temporary_name(std::string_view name) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return false;
    name.remove_prefix(prefix.size());
    name.remove_suffix(suffix.size());
    const std::size_t dash = name.find('-');
    if (dash == 0 || dash == std::string_view::npos || name.size() != dash + 1 + random_digits) return false;
    return name.find_first_not_of("0123456789") == dash &&
           name.find_first_not_of(digits, dash + 1) == std::string_view::npos;
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// Removes a temporary file whose writer is dead: nobody holds its lock.
void remove_if_dead(int folder, const char* name) {
    const int file = ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return;
    struct stat opened {};
    struct stat named {};
    const bool is_rest = ::fstat(file, &opened) == 0 && S_ISREG(opened.st_mode) && opened.st_uid == ::geteuid() &&
                         ::flock(file, LOCK_EX | LOCK_NB) == 0 &&
                         ::fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && same_file(opened, named);
    if (is_rest) ::unlinkat(folder, name, 0);
    ::close(file);
}

void remove_rests(const fs::path& folder) {
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
    if (!open) return;
    std::vector<std::string> rests;
    while (const dirent* entry = ::readdir(open.get())) {
        if (is_temporary_name(entry->d_name)) rests.emplace_back(entry->d_name);
    }
    for (const std::string& name : rests) remove_if_dead(::dirfd(open.get()), name.c_str());
}

bool in_proc(const fs::path& folder) {
    struct statfs system {};
    return ::statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/// As Linux does where fs.protected_symlinks is set: in a folder like /tmp another user's link is not followed.
bool is_planted(const fs::path& link) {
    struct stat of_link {};
    struct stat of_folder {};
    if (::lstat(link.c_str(), &of_link) != 0 || ::stat(folder_of(link).c_str(), &of_folder) != 0) return false;
    constexpr mode_t shared = S_ISVTX | S_IWOTH;
    return (of_folder.st_mode & shared) == shared && of_link.st_uid != ::geteuid() &&
           of_link.st_uid != of_folder.st_uid;
}

/// Where the links lead. Those of /proc lead to what is open, which has no name to be written beside: empty.
fs::path followed(const fs::path& file) {
    fs::path at = file;
    for (int links = 0; links <= most_links; ++links) {
        std::error_code error;
        const fs::path to = fs::read_symlink(at, error);
        if (error == std::errc::invalid_argument || error == std::errc::no_such_file_or_directory) return at;
        if (error) fail(file, "cannot be written", error.value());
        if (in_proc(folder_of(at))) return {};
        if (is_planted(at)) fail(file, "cannot be written: it is another user's link", EACCES);
        at = to.is_absolute() ? to : folder_of(at) / to;
    }
    fail(file, "cannot be written", ELOOP);
}

void write_all(int descriptor, std::string_view bytes, const fs::path& file) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) fail(file, "cannot be written", put < 0 ? errno : ENOSPC);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

void sync(int descriptor, const fs::path& file) {
    // EINVAL: a file system without sync.
    if (::fsync(descriptor) != 0 && errno != EINVAL) fail(file, "cannot be synced to the disk", errno);
}

void sync_folder(const fs::path& folder, const fs::path& file) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;  // may be written but not read: the name is in place all the same
    const int error = ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
    ::close(descriptor);
    if (error != 0) fail(file, "its folder cannot be synced to the disk", error);
}

/// The old file's mode and owner, as far as they may be given.
void copy_mode(int descriptor, const struct stat& old) {
    struct stat made {};
    bool owned = ::fstat(descriptor, &made) == 0;
    if (owned && (made.st_uid != old.st_uid || made.st_gid != old.st_gid)) {
        owned = ::fchown(descriptor, old.st_uid, old.st_gid) == 0;
        if (!owned && ::fchown(descriptor, static_cast<uid_t>(-1), old.st_gid) != 0) errno = 0;
    }
    constexpr mode_t all = 07777;
    constexpr mode_t plain = 0777;  // set-user-id is not another owner's to give
    if (::fchmod(descriptor, old.st_mode & (owned ? all : plain)) != 0) errno = 0;  // a file system without modes
}

}  // namespace

AtomicFile::AtomicFile(fs::path file) : file_(std::move(file)) {
    const fs::path named_folder = folder_of(file_);
    std::error_code error;
    if (!fs::is_directory(named_folder, error)) {
        throw FileError(file_.string() + ": cannot be written: there is no folder " + named_folder.string());
    }
    target_ = followed(file_);
    const fs::path& looked_at = target_.empty() ? file_ : target_;
    struct stat old {};
    const bool exists = ::stat(looked_at.c_str(), &old) == 0;
    if (!exists && errno != ENOENT) fail(file_, "cannot be written", errno);
    if (!looked_at.has_filename() || (exists && S_ISDIR(old.st_mode))) {
        throw FileError(file_.string() + ": cannot be written: it is a folder");
    }
    if (exists && S_ISBLK(old.st_mode)) throw FileError(file_.string() + ": cannot be written: it is a disk");
    if (exists && ::faccessat(AT_FDCWD, looked_at.c_str(), W_OK, AT_EACCESS) != 0) {
        fail(file_, "cannot be written", errno);
    }
    if (target_.empty() || (exists && !S_ISREG(old.st_mode))) {
        descriptor_ = ::memfd_create("markhor", MFD_CLOEXEC);
        if (descriptor_ < 0) fail(file_, "cannot be written", errno);
        return;
    }
    make_temporary(folder_of(target_), exists ? 0600 : 0666);
    if (exists) copy_mode(descriptor_, old);
}

AtomicFile::~AtomicFile() { drop(); }

void AtomicFile::drop() noexcept {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    if (descriptor_ >= 0) ::close(descriptor_);  // and with it goes the lock
    temporary_.clear();
    descriptor_ = -1;
}

void AtomicFile::make_temporary(const fs::path& folder, unsigned mode) {
    if (!fs::is_directory(folder)) {
        throw FileError(file_.string() + ": cannot be written: there is no folder " + folder.string());
    }
    // The target's own name must be possible too.
    struct stat ignored {};
    if (::lstat(target_.c_str(), &ignored) != 0 && errno != ENOENT) fail(file_, "cannot be written", errno);
    remove_rests(folder);
    constexpr int attempts = 100;
    for (int i = 0; i < attempts; ++i) {
        temporary_ = folder / new_name();
        descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (descriptor_ < 0) {
            const int error = errno;
            temporary_.clear();
            if (error == EEXIST) continue;
            fail(file_, "cannot be written: no new file can be made in " + folder.string(), error);
        }
        // Another process may have seen it without a lock, and taken it for a rest.
        struct stat made {};
        const bool locked = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
        if (locked && ::fstat(descriptor_, &made) == 0 && made.st_nlink > 0) return;
        drop();
    }
    throw FileError(file_.string() + ": cannot be written: no new name was found in " + folder.string());
}

void AtomicFile::write(std::string_view bytes) { write_all(descriptor_, bytes, file_); }

void AtomicFile::commit() {
    if (temporary_.empty()) {
        copy_to_special();
        return drop();
    }
    sync(descriptor_, file_);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(file_, "cannot be put in place", errno);
    temporary_.clear();
    drop();
    sync_folder(folder_of(target_), file_);
}

void AtomicFile::copy_to_special() const {
    const int output = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    if (output < 0) fail(file_, "cannot be opened", errno);
    const auto close = [](const int* descriptor) { ::close(*descriptor); };
    const std::unique_ptr<const int, decltype(close)> owner(&output, close);
    std::string block(std::size_t{1} << 16U, '\0');
    for (off_t offset = 0;;) {
        const ssize_t got = ::pread(descriptor_, block.data(), block.size(), offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(file_, "its content cannot be read again", errno);
        if (got == 0) return;
        write_all(output, std::string_view(block).substr(0, static_cast<std::size_t>(got)), file_);
        offset += got;
    }
}

void write_file(const fs::path& file, std::string_view content) {
    AtomicFile atomic(file);
    atomic.write(content);
    atomic.commit();
}

}  // namespace markhor
