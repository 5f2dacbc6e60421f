// A command's options from a TOML or JSON file: its keys are the options' long names without the dashes.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

namespace markhor::cli {

/// Sets the options of `app` that were not given on the command line. Throws FileError naming file, line and key: for a
/// file that cannot be read or is neither TOML nor JSON, an unknown key, a value that its option does not take.
void apply_config_file(CLI::App& app, const std::filesystem::path& file);

}  // namespace markhor::cli
