// Whole files in memory, expanded where they are gzip.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace markhor::data {

/// Says from the first bytes of a file how many it must have; `most` where they do not tell.
using ExpectedSize = std::function<std::size_t(std::span<const std::byte> start, std::size_t most)>;

/// The content of a regular file; of a gzip file (by its content, not its name) what it holds. Throws FileError naming
/// the file: missing, not a file, unreadable, damaged or truncated gzip, or larger than `limit` bytes once expanded. Of
/// a file that is longer than `expected` says, one byte more than that is given: little memory goes to a file that
/// lies.
std::vector<std::byte> read_bytes(const std::filesystem::path& file, std::size_t limit,
                                  const ExpectedSize& expected = {});

/// The bytes as they lie in the file. Throws likewise.
std::vector<std::byte> read_plain_bytes(const std::filesystem::path& file, std::size_t limit);

/// The first `most` bytes, or all of a shorter file. Throws likewise.
std::vector<std::byte> read_plain_start(const std::filesystem::path& file, std::size_t most);

}  // namespace markhor::data
