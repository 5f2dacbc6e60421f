// keras.optimizers: how gradients change weights.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace markhor {

class OptimizerBase;  // src/training/optimizer.hpp

/// A handle on an optimizer and its state. Made from a string ("adam", "sgd") with Keras's defaults, or as below.
class Optimizer {
public:
    Optimizer(const char* name);         // NOLINT(google-explicit-constructor)
    Optimizer(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Optimizer(std::shared_ptr<OptimizerBase> base) : base_(std::move(base)) {}

    /// Of the next step.
    double learning_rate() const;
    void set_learning_rate(double value);
    /// Steps done.
    std::int64_t iterations() const;
    /// Weights whose name contains one of these ("bias", "gamma") are not decayed. Call it before the first step.
    void exclude_from_weight_decay(const std::vector<std::string>& var_names);
    const std::shared_ptr<OptimizerBase>& base() const noexcept { return base_; }

private:
    std::shared_ptr<OptimizerBase> base_;
};

namespace optimizers {

// The arguments that every optimizer has, after its own, as in Keras. At most one kind of clipping may be asked for.
//   weight_decay                 before each update, w -= weight_decay learning_rate w
//   clipnorm                     each weight's gradient is scaled down to this norm
//   clipvalue                    each gradient's elements are cut to [-clipvalue, clipvalue]
//   global_clipnorm              all gradients together are scaled down to this norm
//   use_ema                      keeps a moving average of each weight, with ema_momentum, and puts the averages in the
//                                weights' place every ema_overwrite_frequency steps and at the end of fit()
//   loss_scale_factor            the loss is multiplied by it before gradients are taken, which are divided by it
//   gradient_accumulation_steps  weights change only every so many steps, by the mean of the gradients since
#define MARKHOR_OPTIMIZER_OPTIONS(default_weight_decay)                     \
    std::optional<double> weight_decay = default_weight_decay;              \
    std::optional<double> clipnorm = std::nullopt;                          \
    std::optional<double> clipvalue = std::nullopt;                         \
    std::optional<double> global_clipnorm = std::nullopt;                   \
    bool use_ema = false;                                                   \
    double ema_momentum = 0.99;                                             \
    std::optional<std::int64_t> ema_overwrite_frequency = std::nullopt;     \
    std::optional<double> loss_scale_factor = std::nullopt;                 \
    std::optional<std::int64_t> gradient_accumulation_steps = std::nullopt; \
    std::string name = {};

struct SGDOptions {
    double learning_rate = 0.01;
    double momentum = 0.0;
    bool nesterov = false;
    MARKHOR_OPTIMIZER_OPTIONS(std::nullopt)
};
/// w -= lr g; with momentum m = momentum m - lr g, w += m. Throws ValueError for momentum outside [0, 1].
Optimizer SGD(const SGDOptions& options = {});

struct AdamOptions {
    double learning_rate = 0.001;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
    bool amsgrad = false;
    MARKHOR_OPTIMIZER_OPTIONS(std::nullopt)
};
/// Kingma & Ba, 2015, with Keras's epsilon (outside the root and the bias correction).
Optimizer Adam(const AdamOptions& options = {});

#undef MARKHOR_OPTIMIZER_OPTIONS

}  // namespace optimizers
}  // namespace markhor
