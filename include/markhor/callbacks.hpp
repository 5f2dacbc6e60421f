// Points at which a user's code sees a training run and may stop it.
#pragma once

#include <cstdint>
#include <map>
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

/// Override what you need. A callback may set_stop_training() on the model; fit() then ends after the current batch and
/// keeps what was done.
class Callback {
public:
    virtual ~Callback() = default;
    virtual void on_train_begin(Model& /*model*/) {}
    virtual void on_train_end(Model& /*model*/, const Logs& /*logs*/) {}
    virtual void on_epoch_begin(Model& /*model*/, int /*epoch*/) {}
    /// What is added to the logs is in the history, and seen by the callbacks after this one.
    virtual void on_epoch_end(Model& /*model*/, int /*epoch*/, Logs& /*logs*/) {}
    virtual void on_train_batch_begin(Model& /*model*/, std::int64_t /*batch*/) {}
    virtual void on_train_batch_end(Model& /*model*/, std::int64_t /*batch*/, const Logs& /*logs*/) {}
};

}  // namespace markhor
