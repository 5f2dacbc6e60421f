// Zip archives that are foreign input: names, sizes, compression and checksums are checked; nothing is ever unpacked to
// the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "formats/byte_source.hpp"

struct zip;

namespace markhor::formats {

class ZipReader {
public:
    /// Throws FileError for what is no file or no zip archive, for a damaged directory, and for a member whose name
    /// stands twice or leads out of the archive.
    explicit ZipReader(const std::filesystem::path& file);
    /// From memory, which must live as long; `name` starts the errors.
    ZipReader(std::span<const std::byte> bytes, std::string name);
    ~ZipReader();
    ZipReader(const ZipReader&) = delete;
    ZipReader& operator=(const ZipReader&) = delete;

    const std::string& name() const noexcept { return name_; }
    bool has(const std::string& member) const { return members_.contains(member); }
    /// A small member as a whole. Throws FileError where it is missing, damaged, encrypted, of more than `most` bytes,
    /// or packed so tightly that it can only be meant to harm.
    std::string text(const std::string& member, std::uint64_t most) const;
    /// A large member, checked as above: read where it lies if it is stored, from memory if it is packed. The reader
    /// must live as long.
    std::unique_ptr<ByteSource> source(const std::string& member, std::uint64_t most) const;

private:
    void open(int code, const std::string& reason);
    void list_members();
    std::string where(const std::string& member) const { return name_ + ": member '" + member + "'"; }

    std::string name_;
    zip* archive_ = nullptr;
    std::map<std::string, std::uint64_t> members_;  // their indices
};

}  // namespace markhor::formats
