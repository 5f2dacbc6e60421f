// Which names Model::save() takes, for those who will save after long work.
#pragma once

#include <filesystem>

namespace markhor {

/// .h5 or .hdf5.
bool is_h5_name(const std::filesystem::path& file);
/// Throws ValueError for a name that Model::save() refuses.
void check_model_name(const std::filesystem::path& file);

}  // namespace markhor
