// Whole files in memory, expanded where they are gzip.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace markhor::data {

/// The content of a regular file; of a gzip file (by its content, not its name) what it holds. Throws FileError naming the
/// file: missing, not a file, unreadable, damaged or truncated gzip, or larger than `limit` bytes once expanded.
std::vector<std::byte> read_bytes(const std::filesystem::path& file, std::size_t limit);

}  // namespace markhor::data
