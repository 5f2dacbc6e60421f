// Where a reader's bytes come from: a file, memory, or a member of an archive. Any byte may be asked for, in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/input_file.hpp"

namespace markhor::formats {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    virtual std::uint64_t size() const = 0;
    /// Fills `to` with the bytes from `offset` on; false where they lie beyond the end or cannot be read.
    virtual bool read(std::uint64_t offset, std::span<std::byte> to) = 0;
};

class FileSource final : public ByteSource {
public:
    /// Throws FileError for what is no regular file or cannot be opened.
    explicit FileSource(const std::filesystem::path& file);

    std::uint64_t size() const override { return file_.size(); }
    bool read(std::uint64_t offset, std::span<std::byte> to) override;

private:
    InputFile file_;
};

/// The bytes stay the caller's and must live as long.
class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::uint64_t size() const override { return bytes_.size(); }
    bool read(std::uint64_t offset, std::span<std::byte> to) override;

private:
    std::span<const std::byte> bytes_;
};

}  // namespace markhor::formats
