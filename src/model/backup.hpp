// The state of a training run in one file, whole or not at all: what BackupAndRestore keeps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <markhor/variable.hpp>
#include <vector>

namespace markhor {

/// Where a run is: `batch` batches of `epoch` are done.
struct RunPosition {
    int epoch = 0;
    std::int64_t batch = 0;
    std::uint64_t seed = 0;  ///< of dropout and shuffling
};

/// Throws FileError where the file cannot be written; then it is as it was.
void write_backup(const std::filesystem::path& file, const RunPosition& position,
                  const std::vector<VariablePtr>& variables);

/// Sets the variables from the file. Throws FileError for a file that is damaged or of other variables; then none has
/// changed.
RunPosition read_backup(const std::filesystem::path& file, const std::vector<VariablePtr>& variables);

}  // namespace markhor
