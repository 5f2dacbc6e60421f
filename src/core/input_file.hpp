// The one way a file is opened to be read: a regular file alone, found out by the open descriptor, without waiting for
// a pipe's other end or touching a device.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace markhor {

/// An open file, closed at its end.
class InputFile {
public:
    /// Throws FileError naming the file: missing, not to be opened, a folder, a pipe, a socket, a device. Never one of
    /// the descriptors 0 to 2, also where those are closed.
    explicit InputFile(const std::filesystem::path& file);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    int descriptor() const noexcept { return descriptor_; }
    /// The descriptor, which is the caller's to close now.
    int release() noexcept;
    /// As it was when the file was opened.
    std::size_t size() const noexcept { return size_; }

private:
    int descriptor_ = -1;
    std::size_t size_ = 0;
};

/// All of a text file. Throws FileError likewise, and for one of more than `limit` bytes.
std::string read_text_file(const std::filesystem::path& file, std::size_t limit = std::size_t{64} << 20);

}  // namespace markhor
