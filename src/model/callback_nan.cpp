// TerminateOnNaN: ends a run whose loss is no number, and says where that began.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <markhor/error.hpp>
#include <markhor/model.hpp>
#include <utility>

#include "core/text.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor::callbacks {
namespace {

/// The first weight with a value that is not finite; empty: there is none.
std::string first_not_finite(const Model& model) {
    for (const VariablePtr& weight : model.weights()) {
        const auto values = std::as_const(weight->value).data<float>();
        if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) return weight->path;
    }
    return {};
}

/// "of the weights, conv2d/kernel is the first that is not finite".
std::string where_not_finite(const Model& model) {
    const std::string path = first_not_finite(model);
    return path.empty() ? "the weights are finite" : "of the weights, " + path + " is the first that is not finite";
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
        const bool lost = !std::isfinite(logs.at("loss"));
        if (!lost && !(options_.raise_error && options_.find_layer && !first_not_finite(model).empty())) return;
        const std::string place =
            options_.find_layer ? model.model_base()->trainer().trace_not_finite(before_) : where_not_finite(model);
        end(model, "Batch " + std::to_string(batch) + (lost ? ": Invalid loss" : ": Invalid weights"),
            lost ? place : where_not_finite(model) + " after it; " + place);
    }

    void on_epoch_begin(Model&, int epoch) override { epoch_ = epoch; }
    void on_epoch_end(Model& model, int epoch, Logs& logs) override {
        if (!options_.raise_error) return;  // Keras looks at the batches' losses alone
        const auto validation = logs.find("val_loss");
        const bool lost = validation != logs.end() && !std::isfinite(validation->second);
        if (!lost && first_not_finite(model).empty()) return;
        end(model, "Epoch " + std::to_string(epoch + 1) + (lost ? ": Invalid val_loss" : ": Invalid weights"),
            where_not_finite(model));
    }

private:
    void end(Model& model, const std::string& what, const std::string& place) const {
        const std::string text = what + ", terminating training (epoch " + std::to_string(epoch_ + 1) + ", step " +
                                 std::to_string(model.optimizer().iterations()) + "; " + place + ")";
        if (options_.raise_error) throw Error(model.name() + ": fit(): " + text);
        std::cout << text::printable(text) << '\n';
        model.set_stop_training();
    }

    const TerminateOnNaNOptions options_;
    int epoch_ = 0;
    std::vector<Tensor> before_;
};

}  // namespace

CallbackPtr TerminateOnNaN(const TerminateOnNaNOptions& options) { return std::make_shared<NaNCallback>(options); }
CallbackPtr TerminateOnNaN(bool raise_error) { return TerminateOnNaN({.raise_error = raise_error}); }

}  // namespace markhor::callbacks
