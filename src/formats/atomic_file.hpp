// Files that appear whole or not at all: written under a temporary name beside, synced, renamed.
#pragma once

#include <filesystem>
#include <string_view>

namespace markhor::formats {

/// Write to temporary(), then commit(). Without commit() the temporary file goes away and `file` is as it was.
class AtomicFile {
public:
    /// Throws FileError where the folder does not exist.
    explicit AtomicFile(std::filesystem::path file);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    const std::filesystem::path& temporary() const noexcept { return temporary_; }
    /// Syncs the temporary file to the disk and gives it its name. Throws FileError.
    void commit();

private:
    std::filesystem::path file_;
    std::filesystem::path temporary_;
    bool committed_ = false;
};

/// Throws FileError naming the file and what the system said.
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace markhor::formats
