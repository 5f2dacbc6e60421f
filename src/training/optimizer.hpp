// The inside of an optimizer: what all have in common (clipping, decay, averages, accumulation), and where one defines
// its step. One file an optimizer (family); each is a small class that registers itself under Keras's name.
#pragma once

#include <functional>
#include <map>
#include <markhor/optimizers.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/registry.hpp"
#include "graph/executable.hpp"
#include "layers/fields.hpp"
#include "training/formula.hpp"

namespace markhor {

/// What is known of a step before its graph runs.
struct StepNumbers {
    std::int64_t iteration = 0;  ///< updates done before
    double learning_rate = 0;
    double t() const { return static_cast<double>(iteration + 1); }
};

/// The scalars of a step's graph: each a placeholder whose value is computed anew before each run.
class StepScalars {
public:
    using Compute = std::function<double(const StepNumbers&)>;

    /// The scalar of this name, made at its first use.
    graph::Value get(graph::Graph& graph, const std::string& name, Compute compute);

    /// Values of one execution's scalars: fed once, then changed in place.
    class Feed {
    public:
        Feed(const StepScalars& scalars, graph::Execution& execution);
        void compute(const StepNumbers& numbers);

    private:
        std::vector<std::pair<Compute, Tensor>> scalars_;
    };

private:
    struct Entry {
        std::string name;
        Compute compute;
        graph::Value value;
    };
    std::vector<Entry> entries_;
};

/// What kind of step comes next; each kind has a graph of its own.
struct StepKind {
    bool update = true;                                 ///< weights change (false: gradients are only accumulated)
    bool overwrite = false;                             ///< weights then take their moving averages' values
    auto operator<=>(const StepKind&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 errs
};

class OptimizerBase {
public:
    /// The arguments that all optimizers have.
    struct Common {
        std::string name;
        LearningRate learning_rate = 0.001;
        std::optional<double> weight_decay, clipnorm, global_clipnorm, clipvalue;
        bool use_ema = false;
        double ema_momentum = 0.99;
        std::optional<std::int64_t> ema_overwrite_frequency;
        std::optional<double> loss_scale_factor;
        std::optional<std::int64_t> gradient_accumulation_steps;
    };

    OptimizerBase(const OptimizerBase&) = delete;
    OptimizerBase& operator=(const OptimizerBase&) = delete;
    virtual ~OptimizerBase() = default;

    /// Keras's class name: "Adam".
    virtual std::string_view class_name() const = 0;
    /// The table of Keras's config keys, in Keras's order. Call finish_construction() after a visitor has set them.
    void describe(FieldVisitor& visitor);
    /// Gives the optimizer its name, and its variables iteration and learning_rate. Throws ValueError for arguments
    /// that cannot be.
    void finish_construction();

    /// Makes the variables for these weights. Nothing happens where it was built for them (or for more); throws
    /// ValueError where it was built without one of them.
    void build(const std::vector<VariablePtr>& weights);
    bool built() const noexcept { return built_; }
    /// Keras's optimizer.variables: iteration, learning_rate, then (once built) averages, accumulators and the
    /// optimizer's own.
    const std::vector<VariablePtr>& variables() const noexcept { return variables_; }

    double learning_rate() const;
    void set_learning_rate(double value);
    /// Calls of a step, those that only accumulate gradients included.
    std::int64_t iterations() const;
    void exclude_from_weight_decay(std::vector<std::string> var_names);

    /// What gradients are taken of.
    graph::Value scale_loss(graph::Graph& graph, graph::Value loss) const;
    /// Adds the assignments of one step of this kind. Built for these weights.
    void lower(graph::Graph& graph, StepScalars& scalars, StepKind kind, std::span<const VariablePtr> weights,
               std::vector<graph::Value> gradients) const;
    StepKind next_kind() const;
    StepNumbers next_numbers() const;
    /// Optimizer::apply.
    void apply(const std::vector<Tensor>& gradients, const std::vector<VariablePtr>& weights);
    /// Counts a step whose graph has run.
    void finish_step();
    /// At the end of fit(): weights take their moving averages' values where use_ema asks for it.
    void finalize_weights() const;

protected:
    /// Takes over the arguments that all have from an optimizer's options.
    template <class Options>
    explicit OptimizerBase(const Options& o)
        : common_{o.name,
                  o.learning_rate,
                  o.weight_decay,
                  o.clipnorm,
                  o.global_clipnorm,
                  o.clipvalue,
                  o.use_ema,
                  o.ema_momentum,
                  o.ema_overwrite_frequency,
                  o.loss_scale_factor,
                  o.gradient_accumulation_steps} {}

    /// A weight's variables: as slots_of() returns them.
    using Slots = std::span<const VariablePtr>;

    /// One weight's step in the graph: `weight` is its value (after decay).
    struct Update {
        graph::Graph& graph;
        StepScalars& scalars;
        Term weight;
        Term gradient;
        Slots slots;

        Term scalar(const std::string& name, StepScalars::Compute compute) const {
            return {graph, scalars.get(graph, name, std::move(compute))};
        }
        Term learning_rate() const {
            return scalar("learning_rate", [](const StepNumbers& step) { return step.learning_rate; });
        }
        Term slot(std::size_t index) const { return {graph, graph.variable(slots[index])}; }
        /// The slot holds the value after the step.
        Term assign(std::size_t index, graph::Value value) const {
            graph.assign(slots[index], value);
            return {graph, value};
        }
    };

    virtual void describe_own(FieldVisitor& visitor) = 0;
    /// Throws ValueError for the optimizer's own arguments.
    virtual void check_own() const {}
    /// Calls add_slots() for each block of variables.
    virtual void build_own(const std::vector<VariablePtr>& weights) = 0;
    /// The weight's new value.
    virtual graph::Value update(const Update& step) const = 0;
    /// Assignments of variables that belong to no weight, once a step.
    virtual void update_shared(graph::Graph& /*graph*/, StepScalars& /*scalars*/) const {}

    struct Slot {
        const char* name;
        float initial = 0;
    };
    /// These variables for each weight, weight by weight.
    void add_slots(const std::vector<VariablePtr>& weights, std::initializer_list<Slot> slots);
    /// One more variable for a weight.
    void add_slot(const Variable& weight, const std::string& name, Tensor value);
    VariablePtr add_variable(const std::string& name, Tensor value);

private:
    struct Applied;
    struct State {
        std::size_t index = 0;  // among the weights that it was built for
        VariablePtr average, accumulator;
        std::vector<VariablePtr> slots;
    };
    std::string where(const std::string& message) const;
    std::int64_t updates() const;
    bool decays(const Variable& weight) const;
    void clip_gradients(graph::Graph& graph, std::vector<graph::Value>& gradients) const;
    VariablePtr add_like(const Variable& weight, const char* name, float initial);

    Common common_;
    VariablePtr iteration_, learning_rate_;
    std::vector<VariablePtr> variables_;
    std::vector<VariablePtr> weights_;
    std::map<const Variable*, State> states_;
    std::vector<std::string> undecayed_;
    bool built_ = false;
    std::shared_ptr<Applied> applied_;  // the plans of apply()
};

/// Keras's class name -> a default-constructed optimizer, to be filled through describe().
Registry<OptimizerBase>& optimizer_registry();

/// static const RegisterOptimizer<SGD> registered("SGD");
template <class T>
struct RegisterOptimizer {
    explicit RegisterOptimizer(std::string_view class_name) {
        optimizer_registry().add({class_name}, [] { return std::make_shared<T>(); });
    }
};

/// An optimizer of this class, its construction finished.
template <class T, class Options>
Optimizer make_optimizer(const Options& options) {
    auto base = std::make_shared<T>(options);
    base->finish_construction();
    return Optimizer(std::move(base));
}

}  // namespace markhor
