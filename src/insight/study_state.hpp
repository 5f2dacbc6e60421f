// What a case study keeps in FOLDER.run to go on with: a backup for each training, and what the finished repeats came
// to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <markhor/case_study.hpp>
#include <string>
#include <vector>

#include "insight/result_folder.hpp"

namespace markhor::insight {

inline constexpr const char* settings_file = "settings.json";
inline constexpr const char* repeats_file = "repeats.json";

/// Of a head's first training; of one more.
std::string backup_file(const std::string& head);
std::string backup_file(const std::string& head, std::int64_t size, std::uint64_t seed);

/// All files of a study; `trained`: its heads are trained, on images of this height.
RunFiles study_files(const CaseStudyOptions& options, bool trained, std::int64_t height);

/// None where there is no file. Throws FileError for one that is no such list.
std::vector<Repeat> read_repeats(const std::filesystem::path& file);
void write_repeats(const std::filesystem::path& file, const std::vector<Repeat>& repeats);

}  // namespace markhor::insight
