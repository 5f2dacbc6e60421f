// The part of fit() that lets a run go on in another process: reads its state at the beginning, keeps it on the way.
#pragma once

#include <markhor/model.hpp>
#include <optional>
#include <vector>

#include "model/backup.hpp"

namespace markhor {

class KeptRun {
public:
    KeptRun(Model& model, const std::vector<CallbackPtr>& callbacks);

    /// Before on_train_begin(): sets the model to the state that a keeper has, if any.
    const std::optional<RunState>& restore();
    /// After on_train_begin() of all.
    void restore_callbacks();

    bool is_due(std::int64_t batches) const;
    /// After all callbacks have seen the batch or the epoch's end, which all keepers want.
    void keep(RunState state, bool at_end);

private:
    Model* model_;
    const std::vector<CallbackPtr>* callbacks_;
    std::vector<RunKeeper*> keepers_;
    std::optional<RunState> restored_;
};

}  // namespace markhor
