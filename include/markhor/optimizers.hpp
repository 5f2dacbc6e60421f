// keras.optimizers: how gradients change weights.
#pragma once

#include <memory>
#include <string>

namespace markhor {

class OptimizerBase;  // src/training/optimizer.hpp

/// A handle on an optimizer and its state. Made from a string ("adam", "sgd") with Keras's defaults, or as below.
class Optimizer {
public:
    Optimizer(const char* name);         // NOLINT(google-explicit-constructor)
    Optimizer(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Optimizer(std::shared_ptr<OptimizerBase> base) : base_(std::move(base)) {}

    double learning_rate() const;
    void set_learning_rate(double value);
    const std::shared_ptr<OptimizerBase>& base() const noexcept { return base_; }

private:
    std::shared_ptr<OptimizerBase> base_;
};

namespace optimizers {

struct SGDOptions {
    double learning_rate = 0.01;
    double momentum = 0.0;
    bool nesterov = false;
};
/// w -= lr g; with momentum m = momentum m - lr g, w += m. Throws ValueError for momentum outside [0, 1] or nesterov without it.
Optimizer SGD(const SGDOptions& options = {});

struct AdamOptions {
    double learning_rate = 0.001;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
};
/// Kingma & Ba, 2015, with Keras's epsilon (outside the root and the bias correction).
Optimizer Adam(const AdamOptions& options = {});

}  // namespace optimizers
}  // namespace markhor
