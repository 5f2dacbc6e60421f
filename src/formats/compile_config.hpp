// What a model was compiled with, as Keras's JSON: "compile_config" in config.json, "training_config" in the older .h5.
#pragma once

#include <markhor/model.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace markhor::formats {

nlohmann::json compile_config(const CompileOptions& options);
/// Nothing for a model that was not compiled. Throws ValueError, starting with `where`, for an optimizer, loss or
/// metric that is unknown or that this library cannot take (one loss an output).
std::optional<CompileOptions> read_compile_config(const nlohmann::json& config, const std::string& where);

/// The same in the older form, which Keras 2 had too.
nlohmann::json training_config(const CompileOptions& options);
std::optional<CompileOptions> read_training_config(const nlohmann::json& config, const std::string& where);

}  // namespace markhor::formats
