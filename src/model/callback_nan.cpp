// TerminateOnNaN: ends a run whose loss is no number, and says where that began.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/model.hpp>

#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor::callbacks {
namespace {

/// "of the weights, conv2d/kernel is the first that is not finite".
std::string where_not_finite(const Model& model) {
    for (const VariablePtr& weight : model.weights()) {
        const auto values = weight->value.data<float>();
        if (std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) continue;
        return "of the weights, " + weight->path + " is the first that is not finite";
    }
    return "the weights are finite";
}

class NaNCallback final : public Callback {
public:
    explicit NaNCallback(const TerminateOnNaNOptions& options) : options_(options) {}

    void on_train_batch_begin(Model& model, std::int64_t) override {
        if (!options_.find_layer) return;
        const std::vector<VariablePtr> weights = model.weights();
        before_.resize(weights.size());
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const Tensor& value = weights[i]->value;
            if (!before_[i].defined() || before_[i].shape() != value.shape()) {
                before_[i] = value.clone();
            } else {
                std::memcpy(before_[i].raw(), value.raw(), value.bytes());
            }
        }
    }

    void on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) override {
        if (std::isfinite(logs.at("loss"))) return;
        const std::int64_t step = model.optimizer().iterations();
        const std::string place =
            options_.find_layer ? model.model_base()->trainer().trace_not_finite(before_) : where_not_finite(model);
        const std::string text = "Batch " + std::to_string(batch) + ": Invalid loss, terminating training (step " +
                                 std::to_string(step) + "; " + place + ")";
        if (options_.raise_error) throw Error(model.name() + ": fit(): " + text);
        std::cout << text << '\n';
        model.set_stop_training();
    }

private:
    const TerminateOnNaNOptions options_;
    std::vector<Tensor> before_;
};

}  // namespace

CallbackPtr TerminateOnNaN(const TerminateOnNaNOptions& options) { return std::make_shared<NaNCallback>(options); }
CallbackPtr TerminateOnNaN(bool raise_error) { return TerminateOnNaN({.raise_error = raise_error}); }

}  // namespace markhor::callbacks
