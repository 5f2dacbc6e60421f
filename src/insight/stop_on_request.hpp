// Ends a training run after the current batch once someone asks for it (Ctrl-C).
#pragma once

#include <functional>
#include <markhor/callbacks.hpp>
#include <markhor/model.hpp>
#include <utility>

namespace markhor::insight {

class StopOnRequest final : public Callback {
public:
    explicit StopOnRequest(std::function<bool()> requested) : requested_(std::move(requested)) {}
    void on_train_batch_end(Model& model, std::int64_t /*batch*/, const Logs& /*logs*/) override {
        if (requested_()) model.set_stop_training();
    }

private:
    std::function<bool()> requested_;
};

}  // namespace markhor::insight
