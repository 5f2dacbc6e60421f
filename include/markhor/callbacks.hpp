// keras.callbacks: points at which a user's code sees a training run and may stop it, and the callbacks there are.
#pragma once

#include <markhor/by_position.hpp>
#include <markhor/requires_cxx20.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace markhor {

class Model;

/// Metric values by Keras's names: "loss", "accuracy", "val_loss", …
using Logs = std::map<std::string, double>;

/// What fit() recorded: one value an epoch for each log.
struct History {
    std::vector<int> epoch;
    std::map<std::string, std::vector<double>> history;
    std::vector<double> seconds;  ///< wall time of each epoch's training, validation not counted
    bool stopped = false;         ///< a callback stopped the run before its last epoch
};

/// Of the run that a callback is given to.
struct CallbackParams {
    int epochs = 1;
    std::int64_t steps = 0;  ///< batches of an epoch
    int verbose = 0;
};

/// Override what you need. A callback may set_stop_training() on the model; fit() then ends after the current batch and
/// keeps what was done. Validation within fit() calls the on_test_… functions too.
class Callback {
public:
    virtual ~Callback() = default;
    /// Before all others.
    virtual void set_params(const CallbackParams& /*params*/) {}
    virtual void on_train_begin(Model& /*model*/) {}
    virtual void on_train_end(Model& /*model*/, const Logs& /*logs*/) {}
    virtual void on_epoch_begin(Model& /*model*/, int /*epoch*/) {}
    /// What is added to the logs is in the history, and seen by the callbacks after this one.
    virtual void on_epoch_end(Model& /*model*/, int /*epoch*/, Logs& /*logs*/) {}
    virtual void on_train_batch_begin(Model& /*model*/, std::int64_t /*batch*/) {}
    virtual void on_train_batch_end(Model& /*model*/, std::int64_t /*batch*/, const Logs& /*logs*/) {}
    virtual void on_test_begin(Model& /*model*/) {}
    virtual void on_test_end(Model& /*model*/, const Logs& /*logs*/) {}
    virtual void on_test_batch_begin(Model& /*model*/, std::int64_t /*batch*/) {}
    virtual void on_test_batch_end(Model& /*model*/, std::int64_t /*batch*/, const Logs& /*logs*/) {}
    virtual void on_predict_begin(Model& /*model*/) {}
    virtual void on_predict_end(Model& /*model*/) {}
    virtual void on_predict_batch_begin(Model& /*model*/, std::int64_t /*batch*/) {}
    virtual void on_predict_batch_end(Model& /*model*/, std::int64_t /*batch*/) {}
};

using CallbackPtr = std::shared_ptr<Callback>;

namespace callbacks {

// Options by name or by position, in Keras's order: EarlyStopping({.patience = 3}), ReduceLROnPlateau("loss", 0.5).

// Those that watch a figure of the logs. mode: "min", "max", or "auto" (by the figure's name: losses and errors are to
// fall, accuracies to rise; ValueError for others, when first met). A figure that the logs do not have is warned of.

struct EarlyStoppingOptions {
    std::string monitor = "val_loss";
    double min_delta = 0;  ///< less than this is no improvement
    int patience = 0;      ///< epochs without one after which training stops
    int verbose = 0;
    std::string mode = "auto";
    std::optional<double> baseline = std::nullopt;  ///< patience runs until this is reached
    bool restore_best_weights = false;
    int start_from_epoch = 0;
};
CallbackPtr EarlyStopping(const EarlyStoppingOptions& options = {});
MARKHOR_BY_POSITION(CallbackPtr, EarlyStopping, EarlyStoppingOptions)

struct ReduceLROnPlateauOptions {
    std::string monitor = "val_loss";
    double factor = 0.1;
    int patience = 10;
    int verbose = 0;
    std::string mode = "auto";
    double min_delta = 1e-4;
    int cooldown = 0;  ///< epochs to wait after a reduction
    double min_lr = 0;
};
/// Adds "learning_rate" to the logs. Throws ValueError for a factor of 1 or more.
CallbackPtr ReduceLROnPlateau(const ReduceLROnPlateauOptions& options = {});
MARKHOR_BY_POSITION(CallbackPtr, ReduceLROnPlateau, ReduceLROnPlateauOptions)

struct ModelCheckpointOptions {
    std::string monitor = "val_loss";
    int verbose = 0;
    bool save_best_only = false;
    bool save_weights_only = false;
    std::string mode = "auto";
    std::int64_t save_freq = 0;  ///< 0: Keras's "epoch"; else every so many batches
    std::optional<double> initial_value_threshold = std::nullopt;
};
/// Saves the model (".keras") or its weights (".weights.h5", with save_weights_only), whole or not at all. `filepath`
/// may name the epoch (from 1), the batch and logs: "best.{epoch:02d}-{val_loss:.2f}.weights.h5". Throws ValueError for
/// other endings.
CallbackPtr ModelCheckpoint(const std::string& filepath, const ModelCheckpointOptions& options = {});
template <class... Arguments>
requires detail::ByPosition<ModelCheckpointOptions, Arguments...> CallbackPtr
ModelCheckpoint(const std::string& filepath, const Arguments&... arguments) {
    return ModelCheckpoint(filepath,
                           ModelCheckpointOptions{detail::Positional<std::decay_t<const Arguments>>{arguments}...});
}

/// The rate of each epoch from its number and the rate until then. Adds "learning_rate" to the logs.
CallbackPtr LearningRateScheduler(std::function<double(int epoch, double learning_rate)> schedule, int verbose = 0);

struct CSVLoggerOptions {
    std::string separator = ",";
    bool append = false;
};
/// A line an epoch: epoch (from 0), then the logs by name. Throws FileError where the file cannot be written.
CallbackPtr CSVLogger(const std::filesystem::path& filename, const CSVLoggerOptions& options = {});
template <class... Arguments>
requires detail::ByPosition<CSVLoggerOptions, Arguments...> CallbackPtr CSVLogger(const std::filesystem::path& filename,
                                                                                  const Arguments&... arguments) {
    return CSVLogger(filename, CSVLoggerOptions{detail::Positional<std::decay_t<const Arguments>>{arguments}...});
}

struct TerminateOnNaNOptions {
    bool raise_error = false;  ///< throw Error, for weights and val_loss too: no callback behind this one sees them
    /// Also say where it began: the example whose input or target is none, or the first layer whose output or gradient
    /// is. Costs a copy of the weights each step.
    bool find_layer = false;
};
/// Stops training when the loss of a batch is NaN or infinite, and says at which step and which weights are.
CallbackPtr TerminateOnNaN(const TerminateOnNaNOptions& options = {});
CallbackPtr TerminateOnNaN(bool raise_error);

struct BackupAndRestoreOptions {
    std::int64_t save_freq = 0;  ///< 0: after each epoch, as Keras's "epoch"; else also every so many batches
    bool delete_checkpoint = true;
};
/// Keeps in this folder what a run needs to go on where it was killed: weights, optimizer, epoch and batch, seeds. A
/// fit() with the same data and arguments then does the rest of the epochs, and ends with the weights, bit for bit,
/// that it would have had. The backup is removed when all epochs are done. Throws FileError for a folder that cannot be
/// written and for a damaged backup.
CallbackPtr BackupAndRestore(const std::filesystem::path& backup_dir, const BackupAndRestoreOptions& options = {});
template <class... Arguments>
requires detail::ByPosition<BackupAndRestoreOptions, Arguments...> CallbackPtr
BackupAndRestore(const std::filesystem::path& backup_dir, const Arguments&... arguments) {
    return BackupAndRestore(backup_dir,
                            BackupAndRestoreOptions{detail::Positional<std::decay_t<const Arguments>>{arguments}...});
}

/// Event files that TensorBoard shows: train/ and validation/ in this folder, a scalar an epoch for each log
/// ("epoch_loss").
CallbackPtr TensorBoard(const std::filesystem::path& log_dir);

struct LambdaCallbackOptions {
    std::function<void(int epoch)> on_epoch_begin = {};
    std::function<void(int epoch, Logs& logs)> on_epoch_end = {};
    std::function<void(Model& model)> on_train_begin = {};
    std::function<void(Model& model, const Logs& logs)> on_train_end = {};
    std::function<void(std::int64_t batch)> on_train_batch_begin = {};
    std::function<void(std::int64_t batch, const Logs& logs)> on_train_batch_end = {};
};
CallbackPtr LambdaCallback(const LambdaCallbackOptions& options);

}  // namespace callbacks
}  // namespace markhor
