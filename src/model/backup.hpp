// The state of a training run in one file, whole or not at all: what BackupAndRestore keeps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <markhor/callbacks.hpp>
#include <markhor/variable.hpp>
#include <optional>
#include <string>
#include <vector>

namespace markhor {

/// Where a run is: `batch` batches of `epoch` are done.
struct RunPosition {
    int epoch = 0;
    std::int64_t batch = 0;
    std::uint64_t seed = 0;  ///< of dropout and shuffling
};

/// What a callback knows of the run that it is in.
struct CallbackState {
    std::string kind = {};  ///< "EarlyStopping"; empty: it knows nothing that matters
    std::vector<double> numbers = {};
    std::vector<std::string> texts = {};
    std::vector<Tensor> tensors = {};
};

/// A callback that goes on in another process where it was. set_state() is called after on_train_begin() with what
/// state() gave of the callback at the same place in the list; where that is of another kind it is not called.
class KeptCallback {
public:
    virtual ~KeptCallback() = default;
    virtual CallbackState state() const = 0;
    virtual void set_state(Model& model, const CallbackState& state) = 0;
};

/// A run's state beside its variables.
struct RunState {
    RunPosition position = {};
    double seconds = 0;                             ///< that the epoch's batches took until here
    std::vector<std::vector<double>> figures = {};  ///< Meters::state() of them
    History history = {};                           ///< of the epochs before
    std::vector<CallbackState> callbacks = {};
};

/// Throws FileError where the file cannot be written; then it is as it was.
void write_backup(const std::filesystem::path& file, const RunState& state, const std::vector<VariablePtr>& variables);

/// Sets the variables from the file. Throws FileError for a file that is damaged or of other variables; then none has
/// changed.
RunState read_backup(const std::filesystem::path& file, const std::vector<VariablePtr>& variables);

/// What a backup of a model holds: its weights and its optimizer's variables.
std::vector<VariablePtr> backup_variables(const Model& model);

/// A callback that keeps a run's state in a file: fit() asks it for the state to go on with before any callback sees
/// the run, and gives it the new one after all callbacks have seen a batch or an epoch.
class RunKeeper {
public:
    virtual ~RunKeeper() = default;
    virtual std::optional<RunState> restore(Model& model) = 0;
    /// Whether it wants the state after so many batches of an epoch.
    virtual bool is_due(std::int64_t batches) const = 0;
    virtual void keep(Model& model, const RunState& state) = 0;
};

/// BackupAndRestore with a file of this name; of its folder only that is its own.
CallbackPtr backup_in(const std::filesystem::path& file, const callbacks::BackupAndRestoreOptions& options);

}  // namespace markhor
