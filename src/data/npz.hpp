// NumPy's archives of arrays (.npz): a zip file of .npy members, as numpy.savez and savez_compressed write it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <markhor/tensor.hpp>
#include <span>
#include <string>

namespace markhor::data {

/// The arrays of the file by their names (without ".npy"). Read are float32, float64, int32, int64 and uint8,
/// little-endian, in C order. Throws FileError naming the file and the member: not a zip file, damaged, truncated, of
/// another element type (Python objects among them) or order. What is allocated is bounded by what the file can hold.
std::map<std::string, Tensor> read_npz(const std::filesystem::path& file);

/// The same from memory; `name` starts the errors.
std::map<std::string, Tensor> parse_npz(std::span<const std::byte> bytes, const std::string& name);

/// One .npy array (format versions 1 to 3) from memory; `name` starts the errors. Throws FileError.
Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name);

}  // namespace markhor::data
