// New zip archives as Keras writes them: each member stored as it is, with the same time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/atomic_file.hpp"

namespace markhor::formats {

/// Members of a new archive: (name, its bytes) or (name, a file that holds it).
class ZipWriter {
public:
    void add_text(const std::string& member, std::string text) { texts_.emplace_back(member, std::move(text)); }
    /// The file need not be committed, and must outlive the writing.
    void add_file(const std::string& member, const AtomicFile& file) { files_.emplace_back(member, &file); }
    /// Texts first, then files, as the content of `to`, which is for the caller to commit. Equal members make equal
    /// bytes. Throws FileError.
    void write(AtomicFile& to) const;

private:
    std::vector<std::pair<std::string, std::string>> texts_;
    std::vector<std::pair<std::string, const AtomicFile*>> files_;
};

}  // namespace markhor::formats
