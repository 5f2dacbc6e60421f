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
#include <utility>
#include <vector>

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

/// Members of a new archive, each stored as it is, as Keras does: (name, file that holds it) or (name, its bytes).
class ZipWriter {
public:
    void add_text(const std::string& member, std::string text) { texts_.emplace_back(member, std::move(text)); }
    void add_file(const std::string& member, std::filesystem::path file) {
        files_.emplace_back(member, std::move(file));
    }
    /// Texts first, then files. Throws FileError, starting with `name`, where the file `to` cannot be written.
    void write(const std::filesystem::path& to, const std::string& name) const;

private:
    std::vector<std::pair<std::string, std::string>> texts_;
    std::vector<std::pair<std::string, std::filesystem::path>> files_;
};

}  // namespace markhor::formats
