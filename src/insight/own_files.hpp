// Which files in a folder of results a run wrote: its results.json names them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace markhor::insight {

inline constexpr const char* results_file = "results.json";

/// A file's name alone: no way out of the folder that it is said to be in.
bool is_plain_name(const std::string& name);
/// None where there is no results.json, or what is called so is none.
std::optional<std::vector<std::string>> own_results(const std::filesystem::path& folder);

}  // namespace markhor::insight
