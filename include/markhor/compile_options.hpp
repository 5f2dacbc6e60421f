// What compile() takes: the optimizer, and for each output its loss, weight and metrics.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <markhor/losses.hpp>
#include <markhor/metrics.hpp>
#include <markhor/optimizers.hpp>
#include <markhor/tensors.hpp>

namespace markhor {

/// A loss for all outputs ("mse"), one for each ({"mse", "mae"}), or by name ({{"age", "mae"}, {"kind",
/// "crossentropy"}}). std::nullopt: an output without one, which does not train.
class Losses : public PerOutput<std::optional<Loss>> {
public:
    using PerOutput<std::optional<Loss>>::PerOutput;
    Losses() = default;
    Losses(PerOutput each) : PerOutput(std::move(each)) {}   // NOLINT(google-explicit-constructor)
    Losses(std::nullopt_t) {}                                // NOLINT(google-explicit-constructor)
    Losses(const char* name) : Losses(Loss(name)) {}         // NOLINT(google-explicit-constructor)
    Losses(const std::string& name) : Losses(Loss(name)) {}  // NOLINT(google-explicit-constructor)
    Losses(const Loss& loss)
        : PerOutput(std::vector<std::optional<Loss>>{loss}), for_all_(true) {}  // NOLINT(google-explicit-constructor)

    explicit operator bool() const noexcept { return !empty(); }
    /// Given as one loss, not as a list.
    bool for_all() const noexcept { return for_all_; }

private:
    bool for_all_ = false;
};

/// A factor for each loss.
class LossWeights : public PerOutput<double> {
public:
    using PerOutput<double>::PerOutput;
    LossWeights() = default;
    LossWeights(PerOutput each) : PerOutput(std::move(each)) {}  // NOLINT(google-explicit-constructor)
    LossWeights(double of_one_output)
        : PerOutput(std::vector<double>{of_one_output}) {}  // NOLINT(google-explicit-constructor)
};

/// Metrics of a model with one output ({"accuracy", "mse"}); one for each of several outputs, in their order; lists by
/// name ({{"age", {"mae"}}, {"kind", {"accuracy", "AUC"}}}); or a list for each (a vector of vectors).
class OutputMetrics : public PerOutput<std::vector<Metric>> {
public:
    OutputMetrics() = default;
    OutputMetrics(PerOutput each) : PerOutput(std::move(each)) {}  // NOLINT(google-explicit-constructor)
    OutputMetrics(std::initializer_list<Metric> flat) : flat_(flat) {}
    OutputMetrics(std::vector<Metric> flat) : flat_(std::move(flat)) {}  // NOLINT(google-explicit-constructor)
    OutputMetrics(std::initializer_list<std::pair<const std::string, std::vector<Metric>>> by_name)
        : PerOutput(by_name) {}
    OutputMetrics(const std::map<std::string, std::vector<Metric>>& by_name)
        : PerOutput(by_name) {}  // NOLINT(google-explicit-constructor)
    OutputMetrics(std::vector<std::vector<Metric>> in_order)
        : PerOutput(std::move(in_order)) {}  // NOLINT(google-explicit-constructor)

    /// Those given without an output.
    const std::vector<Metric>& flat() const noexcept { return flat_; }
    bool empty() const noexcept { return flat_.empty() && PerOutput::empty(); }

private:
    std::vector<Metric> flat_;
};

struct CompileOptions {
    Optimizer optimizer = "rmsprop";
    Losses loss = {};
    LossWeights loss_weights = {};  ///< none: 1 each
    OutputMetrics metrics = {};
    OutputMetrics weighted_metrics = {};  ///< these see sample and class weights
    /// A training step keeps only some of the forward pass's values for the gradients and computes the others once
    /// more: the same numbers, bit for bit, with less memory, for at most another forward pass. As Keras's RematScope,
    /// for the whole model; not saved with it.
    bool checkpointing = false;
};

}  // namespace markhor
