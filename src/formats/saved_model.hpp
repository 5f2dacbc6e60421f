// Whole models in Keras's files: .keras archives (keras_archive.cpp) and the older .h5 (legacy_h5_*.cpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <markhor/model.hpp>
#include <memory>
#include <string>

#include "formats/byte_source.hpp"
#include "formats/zip_archive.hpp"

namespace markhor::formats {

/// The Keras whose files these are: what is written here is written as that one does on TensorFlow.
inline constexpr const char* keras_version = "3.15.1";
inline constexpr const char* keras_backend = "tensorflow";

struct ReadLimits {
    bool compile = true;  ///< also what the model was compiled with, and the optimizer's state
    std::uint64_t memory = std::uint64_t{8} << 30;  ///< bytes that the weights may take
    std::function<void(const std::string&)> warn = [](const std::string&) {};
};

/// Throws FileError for a damaged or incomplete archive and ValueError for a config that is refused; both name the file
/// and the place.
Model read_keras(const ZipReader& archive, const ReadLimits& limits);
/// The weights of an archive, read where they lie; the archive must live as long. Its name starts the errors.
std::unique_ptr<ByteSource> weights_source(const ZipReader& archive, std::uint64_t memory);
std::string weights_name(const ZipReader& archive);
/// Throws FileError where the file cannot be written; then it is as it was.
void write_keras(const std::filesystem::path& file, ModelBase& model);

/// The same for a whole-model .h5, of Keras 1 to 3. `name` starts the errors.
Model read_model_h5(ByteSource& source, const std::string& name, const ReadLimits& limits);
void write_model_h5(const std::filesystem::path& file, ModelBase& model);

/// Reads what the model was compiled with and its optimizer's state, by `read`; what cannot be taken over is a warning,
/// and leaves the model not compiled.
void compile_as_saved(const ReadLimits& limits, const std::string& name, const std::function<void()>& read);

/// Bytes of float32 weights that a file of this size can hold at most, and that the limits allow.
std::uint64_t most_weight_bytes(std::uint64_t file_bytes, const ReadLimits& limits);

}  // namespace markhor::formats
