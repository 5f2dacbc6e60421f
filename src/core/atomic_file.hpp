// Files that appear whole or not at all: written under a short name beside, synced, renamed. All that the library
// writes goes this way, but for logs that grow.
#pragma once

#include <filesystem>
#include <string_view>

namespace markhor {

/// A new content for `file`, which becomes its own by commit(); without, all is as it was. A link is followed, to a
/// file that may not be there yet; an old file keeps its mode and, where that is allowed, its owner. What a killed
/// process left of this kind in the same folder is removed: a lock on each temporary file tells whether its writer
/// lives. What is no regular file (a pipe, /dev/stdout) is given the whole content by commit().
class AtomicFile {
public:
    /// Throws FileError where `file` cannot be written: no such folder, no permission, a folder, a name too long.
    explicit AtomicFile(std::filesystem::path file);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// As it was given, for messages.
    const std::filesystem::path& file() const noexcept { return file_; }
    /// Open to read and write, for those who write by other means; AtomicFile closes it.
    int descriptor() const noexcept { return descriptor_; }
    /// Adds to the end of what was written. Throws FileError.
    void write(std::string_view bytes);
    /// Syncs the content to the disk and gives it its name. Throws FileError.
    void commit();

private:
    void make_temporary(const std::filesystem::path& folder, unsigned mode);
    void copy_to_special() const;
    void drop() noexcept;

    std::filesystem::path file_;
    std::filesystem::path target_;     // where the links lead
    std::filesystem::path temporary_;  // empty: the content is in memory, for a special file
    int descriptor_ = -1;
};

/// Throws FileError naming the file and what the system said.
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace markhor
