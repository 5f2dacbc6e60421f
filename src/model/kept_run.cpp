#include "model/kept_run.hpp"

#include <algorithm>

namespace markhor {

KeptRun::KeptRun(Model& model, const std::vector<CallbackPtr>& callbacks) : model_(&model), callbacks_(&callbacks) {
    for (const CallbackPtr& callback : callbacks) {
        if (auto* keeper = dynamic_cast<RunKeeper*>(callback.get())) keepers_.push_back(keeper);
    }
}

const std::optional<RunState>& KeptRun::restore() {
    for (RunKeeper* keeper : keepers_) {
        if (std::optional<RunState> state = keeper->restore(*model_)) restored_ = std::move(state);
    }
    return restored_;
}

void KeptRun::restore_callbacks() {
    if (!restored_) return;
    const std::size_t count = std::min(callbacks_->size(), restored_->callbacks.size());
    for (std::size_t i = 0; i < count; ++i) {
        auto* kept = dynamic_cast<KeptCallback*>((*callbacks_)[i].get());
        const CallbackState& state = restored_->callbacks[i];
        if (kept != nullptr && !state.kind.empty() && kept->state().kind == state.kind) kept->set_state(*model_, state);
    }
}

bool KeptRun::is_due(std::int64_t batches) const {
    return std::ranges::any_of(keepers_, [&](const RunKeeper* keeper) { return keeper->is_due(batches); });
}

void KeptRun::keep(RunState state, bool at_end) {
    if (keepers_.empty()) return;
    for (const CallbackPtr& callback : *callbacks_) {
        const auto* kept = dynamic_cast<const KeptCallback*>(callback.get());
        state.callbacks.push_back(kept != nullptr ? kept->state() : CallbackState());
    }
    for (RunKeeper* keeper : keepers_) {
        if (at_end || keeper->is_due(state.position.batch)) keeper->keep(*model_, state);
    }
}

}  // namespace markhor
