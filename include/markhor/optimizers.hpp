// keras.optimizers: how gradients change weights, and schedules of the learning rate.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <markhor/by_position.hpp>
#include <markhor/tensor.hpp>
#include <markhor/variable.hpp>

namespace markhor {

class OptimizerBase;  // src/training/optimizer.hpp
class ScheduleBase;   // src/training/schedule.hpp

/// A learning rate that depends on the steps done (keras.optimizers.schedules).
class Schedule {
public:
    explicit Schedule(std::shared_ptr<const ScheduleBase> base) : base_(std::move(base)) {}
    /// The rate of the step after `step` steps.
    double operator()(std::int64_t step) const;
    const std::shared_ptr<const ScheduleBase>& base() const noexcept { return base_; }

private:
    std::shared_ptr<const ScheduleBase> base_;
};

/// A number or a schedule.
class LearningRate {
public:
    LearningRate(double value) : value_(value) {}                           // NOLINT(google-explicit-constructor)
    LearningRate(const Schedule& schedule) : schedule_(schedule.base()) {}  // NOLINT(google-explicit-constructor)
    /// Null for a number.
    const std::shared_ptr<const ScheduleBase>& schedule() const noexcept { return schedule_; }
    double value() const noexcept { return value_; }

private:
    double value_ = 0;
    std::shared_ptr<const ScheduleBase> schedule_;
};

/// A handle on an optimizer and its state. Made from a string ("adam", "sgd") with Keras's defaults, or as below.
class Optimizer {
public:
    Optimizer(const char* name);         // NOLINT(google-explicit-constructor)
    Optimizer(const std::string& name);  // NOLINT(google-explicit-constructor)
    explicit Optimizer(std::shared_ptr<OptimizerBase> base) : base_(std::move(base)) {}

    /// Of the next step.
    double learning_rate() const;
    /// Throws ValueError where the rate is a schedule's.
    void set_learning_rate(double value);
    /// Steps done.
    std::int64_t iterations() const;
    /// One step: changes these weights by their gradients, as fit() does after it has taken them (clipping, decay,
    /// averages, accumulation and all); see gradients.hpp. The first call makes the optimizer's variables, for these
    /// weights. Throws ShapeError naming the weight whose gradient has another shape, ValueError for another number of
    /// gradients or a weight that the optimizer was not made for; then nothing has changed.
    void apply(const std::vector<Tensor>& gradients, const std::vector<VariablePtr>& weights);
    /// Weights whose name contains one of these ("bias", "gamma") are not decayed. Call it before the first step.
    void exclude_from_weight_decay(const std::vector<std::string>& var_names);
    const std::shared_ptr<OptimizerBase>& base() const noexcept { return base_; }

private:
    std::shared_ptr<OptimizerBase> base_;
};

namespace optimizers {

// Each takes its options by name or by position, in Keras's order: Adam({.learning_rate = 1e-4}) or Adam(1e-4).

// The arguments that every optimizer has, after its own, as in Keras. At most one kind of clipping may be asked for.
//   weight_decay                 before each update, w -= weight_decay learning_rate w
//   clipnorm                     each weight's gradient is scaled down to this norm
//   clipvalue                    each gradient's elements are cut to [-clipvalue, clipvalue]
//   global_clipnorm              all gradients together are scaled down to this norm
//   use_ema                      keeps a moving average of each weight, with ema_momentum, and puts the averages in the
//                                weights' place every ema_overwrite_frequency steps and at the end of fit()
//   loss_scale_factor            the loss is multiplied by it before gradients are taken, which are divided by it
//   gradient_accumulation_steps  weights change only every so many steps, by the mean of the gradients since
#define MARKHOR_OPTIMIZER_OPTIONS                                           \
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
    LearningRate learning_rate = 0.01;
    double momentum = 0.0;
    bool nesterov = false;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// w -= lr g; with momentum m = momentum m - lr g, w += m. Throws ValueError for momentum outside [0, 1].
Optimizer SGD(const SGDOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, SGD, SGDOptions)

struct RMSpropOptions {
    LearningRate learning_rate = 0.001;
    double rho = 0.9;
    double momentum = 0.0;
    double epsilon = 1e-7;
    bool centered = false;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Hinton, 2012: w -= lr g / sqrt(v + epsilon), v the moving mean of g² (centered: its variance).
Optimizer RMSprop(const RMSpropOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, RMSprop, RMSpropOptions)

struct AdagradOptions {
    LearningRate learning_rate = 0.001;
    double initial_accumulator_value = 0.1;
    double epsilon = 1e-7;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Duchi et al., 2011.
Optimizer Adagrad(const AdagradOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Adagrad, AdagradOptions)

struct AdadeltaOptions {
    LearningRate learning_rate = 0.001;
    double rho = 0.95;
    double epsilon = 1e-7;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Zeiler, 2012, its step times the learning rate.
Optimizer Adadelta(const AdadeltaOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Adadelta, AdadeltaOptions)

struct AdamOptions {
    LearningRate learning_rate = 0.001;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
    bool amsgrad = false;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Kingma & Ba, 2015, with Keras's epsilon (outside the root and the bias correction). amsgrad: Reddi et al., 2018.
Optimizer Adam(const AdamOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Adam, AdamOptions)

struct AdamWOptions {
    LearningRate learning_rate = 0.001;
    std::optional<double> weight_decay = 0.004;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
    bool amsgrad = false;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Adam with decoupled weight decay (Loshchilov & Hutter, 2019).
Optimizer AdamW(const AdamWOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, AdamW, AdamWOptions)

struct AdamaxOptions {
    LearningRate learning_rate = 0.001;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Kingma & Ba, 2015, section 7.1: the infinity norm in place of the second moment.
Optimizer Adamax(const AdamaxOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Adamax, AdamaxOptions)

struct NadamOptions {
    LearningRate learning_rate = 0.001;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Dozat, 2015: Adam with Nesterov's momentum.
Optimizer Nadam(const NadamOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Nadam, NadamOptions)

struct LionOptions {
    LearningRate learning_rate = 0.001;
    double beta_1 = 0.9;
    double beta_2 = 0.99;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Chen et al., 2023: w -= lr sign(beta_1 m + (1 - beta_1) g). Throws ValueError for beta_1 outside (0, 1].
Optimizer Lion(const LionOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Lion, LionOptions)

struct FtrlOptions {
    LearningRate learning_rate = 0.001;
    double learning_rate_power = -0.5;
    double initial_accumulator_value = 0.1;
    double l1_regularization_strength = 0.0;
    double l2_regularization_strength = 0.0;
    double l2_shrinkage_regularization_strength = 0.0;
    double beta = 0.0;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// McMahan et al., 2013. Throws ValueError for negative strengths or a positive learning_rate_power.
Optimizer Ftrl(const FtrlOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Ftrl, FtrlOptions)

struct LambOptions {
    LearningRate learning_rate = 0.001;
    double beta_1 = 0.9;
    double beta_2 = 0.999;
    double epsilon = 1e-7;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// You et al., 2019: Adam's step scaled to each weight's norm.
Optimizer Lamb(const LambOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Lamb, LambOptions)

struct AdafactorOptions {
    LearningRate learning_rate = 0.001;
    double beta_2_decay = -0.8;
    double epsilon_1 = 1e-30;
    double epsilon_2 = 1e-3;
    double clip_threshold = 1.0;
    bool relative_step = true;
    std::optional<double> weight_decay = std::nullopt;
    MARKHOR_OPTIMIZER_OPTIONS
};
/// Shazeer & Stern, 2018: the second moment kept as row and column means.
Optimizer Adafactor(const AdafactorOptions& options = {});
MARKHOR_BY_POSITION(Optimizer, Adafactor, AdafactorOptions)

#undef MARKHOR_OPTIMIZER_OPTIONS

namespace schedules {

// By name or by position: CosineDecay({.initial_learning_rate = 0.1, .decay_steps = 100}) or CosineDecay(0.1, 100).

struct ExponentialDecayOptions {
    double initial_learning_rate = 0;
    std::int64_t decay_steps = 1;
    double decay_rate = 1;
    bool staircase = false;  ///< step / decay_steps is rounded down
    std::string name = "ExponentialDecay";
};
/// initial_learning_rate decay_rate^(step / decay_steps). This and the others throw ValueError for steps less than 1.
Schedule ExponentialDecay(const ExponentialDecayOptions& options);
MARKHOR_BY_POSITION(Schedule, ExponentialDecay, ExponentialDecayOptions)

struct PiecewiseConstantDecayOptions {
    std::vector<std::int64_t> boundaries;
    std::vector<double> values;
    std::string name = "PiecewiseConstant";
};
/// values[i] up to and including the step boundaries[i], then the last. Throws ValueError where there is not one value
/// more.
Schedule PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options);
inline Schedule PiecewiseConstantDecay(const std::vector<std::int64_t>& boundaries, const std::vector<double>& values) {
    return PiecewiseConstantDecay(PiecewiseConstantDecayOptions{.boundaries = boundaries, .values = values});
}

struct PolynomialDecayOptions {
    double initial_learning_rate = 0;
    std::int64_t decay_steps = 1;
    double end_learning_rate = 0.0001;
    double power = 1.0;
    bool cycle = false;  ///< after decay_steps starts from a rate again, over twice, three times, … as many steps
    std::string name = "PolynomialDecay";
};
/// From the initial rate to the end one along (1 - step / decay_steps)^power.
Schedule PolynomialDecay(const PolynomialDecayOptions& options);
MARKHOR_BY_POSITION(Schedule, PolynomialDecay, PolynomialDecayOptions)

struct InverseTimeDecayOptions {
    double initial_learning_rate = 0;
    std::int64_t decay_steps = 1;
    double decay_rate = 1;
    bool staircase = false;
    std::string name = "InverseTimeDecay";
};
/// initial_learning_rate / (1 + decay_rate step / decay_steps).
Schedule InverseTimeDecay(const InverseTimeDecayOptions& options);
MARKHOR_BY_POSITION(Schedule, InverseTimeDecay, InverseTimeDecayOptions)

struct CosineDecayOptions {
    double initial_learning_rate = 0;
    std::int64_t decay_steps = 1;
    double alpha = 0.0;  ///< the last rate as a share of the first
    std::string name = "CosineDecay";
    std::optional<double> warmup_target = std::nullopt;  ///< reached on a line in warmup_steps, before the decay
    std::int64_t warmup_steps = 0;
};
/// Loshchilov & Hutter, 2016, without restarts.
Schedule CosineDecay(const CosineDecayOptions& options);
MARKHOR_BY_POSITION(Schedule, CosineDecay, CosineDecayOptions)

struct CosineDecayRestartsOptions {
    double initial_learning_rate = 0;
    std::int64_t first_decay_steps = 1;
    double t_mul = 2.0;  ///< each period is so many times as long as the one before
    double m_mul = 1.0;  ///< and starts from so many times its rate
    double alpha = 0.0;
    std::string name = "SGDRDecay";
};
/// Loshchilov & Hutter, 2016.
Schedule CosineDecayRestarts(const CosineDecayRestartsOptions& options);
MARKHOR_BY_POSITION(Schedule, CosineDecayRestarts, CosineDecayRestartsOptions)

}  // namespace schedules
}  // namespace optimizers
}  // namespace markhor
