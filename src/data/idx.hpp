// How large an idx file says it is, for those who read one.
#pragma once

#include <cstddef>
#include <span>

namespace markhor::data {

/// An upper bound of a file's bytes from its header; of what is no idx file, the bytes there are.
std::size_t idx_size(std::span<const std::byte> start, std::size_t most);

}  // namespace markhor::data
