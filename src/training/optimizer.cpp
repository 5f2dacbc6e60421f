// What all optimizers share, in Keras's order: gradients are unscaled, accumulated, clipped; weights are decayed,
// updated, averaged, constrained.
#include "training/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <markhor/error.hpp>

#include "core/ascii.hpp"
#include "layers/constraint.hpp"
#include "layers/finite_fields.hpp"
#include "layers/layer_base.hpp"
#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "training/schedule.hpp"

namespace markhor {
namespace {

using graph::Graph;
using graph::Value;
using ops::UnaryKind;

Value scaled(Graph& graph, Value value, double factor) { return ops::unary(graph, UnaryKind::scale, value, factor); }

Value sum_of_squares(Graph& graph, Value value) {
    return ops::reduce_all(graph, ops::Reduction::sum, ops::unary(graph, UnaryKind::square, value));
}

Value number(Graph& graph, double value) { return graph.constant(Tensor::full({}, static_cast<float>(value))); }

float& float_of(const VariablePtr& variable) { return variable->value.data<float>()[0]; }
std::int64_t& integer_of(const VariablePtr& variable) { return variable->value.data<std::int64_t>()[0]; }

}  // namespace

Value StepScalars::get(Graph& graph, const std::string& name, Compute compute) {
    for (const Entry& entry : entries_) {
        if (entry.name == name) return entry.value;
    }
    const Value value = graph.placeholder("optimizer/" + name, {DType::float32, Shape()});
    entries_.push_back({name, std::move(compute), value});
    return value;
}

StepScalars::Feed::Feed(const StepScalars& scalars, graph::Execution& execution) {
    for (const Entry& entry : scalars.entries_) {
        Tensor value = Tensor::zeros(Shape());
        execution.feed("optimizer/" + entry.name, value);
        scalars_.emplace_back(entry.compute, std::move(value));
    }
}

void StepScalars::Feed::compute(const StepNumbers& numbers) {
    for (auto& [compute, value] : scalars_) value.data<float>()[0] = static_cast<float>(compute(numbers));
}

void OptimizerBase::describe(FieldVisitor& visitor) {
    visitor.field("name", common_.name);
    if (learning_rate_) common_.learning_rate = static_cast<double>(float_of(learning_rate_));
    visitor.field("learning_rate", common_.learning_rate);
    visitor.field("weight_decay", common_.weight_decay);
    visitor.field("clipnorm", common_.clipnorm);
    visitor.field("global_clipnorm", common_.global_clipnorm);
    visitor.field("clipvalue", common_.clipvalue);
    visitor.field("use_ema", common_.use_ema);
    visitor.field("ema_momentum", common_.ema_momentum);
    visitor.field("ema_overwrite_frequency", common_.ema_overwrite_frequency);
    visitor.field("loss_scale_factor", common_.loss_scale_factor);
    visitor.field("gradient_accumulation_steps", common_.gradient_accumulation_steps);
    describe_own(visitor);
}

std::string OptimizerBase::where(const std::string& message) const {
    return std::string(class_name()) + ": " + message;
}

void OptimizerBase::finish_construction() {
    const Common& c = common_;
    check_finite_fields(where(""), *this);
    if (c.name.empty()) common_.name = unique_name(class_name());
    for (const auto& [name, value] : {std::pair("clipnorm", c.clipnorm), std::pair("clipvalue", c.clipvalue),
                                      std::pair("global_clipnorm", c.global_clipnorm)}) {
        if (value && *value < 0)
            throw ValueError(where(name) + " is " + ops::text(*value) + "; a number of at least 0 is expected");
    }
    const int clippings = (c.clipnorm ? 1 : 0) + (c.clipvalue ? 1 : 0) + (c.global_clipnorm ? 1 : 0);
    if (clippings > 1) {
        throw ValueError(where("more than one of clipnorm, clipvalue and global_clipnorm came; only one may be given"));
    }
    if (c.gradient_accumulation_steps && *c.gradient_accumulation_steps < 2) {
        throw ValueError(where("gradient_accumulation_steps is " + std::to_string(*c.gradient_accumulation_steps) +
                               "; at least 2 is wanted"));
    }
    if (c.use_ema && !(c.ema_momentum >= 0 && c.ema_momentum <= 1)) {
        throw ValueError(
            where("ema_momentum is " + fmt::format("{}", c.ema_momentum) + "; a number from 0 to 1 is wanted"));
    }
    if (c.use_ema && c.ema_overwrite_frequency && *c.ema_overwrite_frequency < 1) {
        throw ValueError(where("ema_overwrite_frequency is " + std::to_string(*c.ema_overwrite_frequency) +
                               "; at least 1 is wanted"));
    }
    check_own();
    variables_.clear();
    iteration_ = add_variable("iteration", Tensor::zeros(Shape(), DType::int64));
    learning_rate_ = nullptr;
    if (c.learning_rate.schedule()) return;
    const auto rate = static_cast<float>(c.learning_rate.value());
    learning_rate_ = add_variable("learning_rate", Tensor::full(Shape(), rate));
}

VariablePtr OptimizerBase::add_variable(const std::string& name, Tensor value) {
    auto variable = std::make_shared<Variable>();
    variable->name = name;
    variable->path = common_.name + "/" + name;
    variable->value = std::move(value);
    variable->trainable = false;
    variables_.push_back(variable);
    return variable;
}

VariablePtr OptimizerBase::add_like(const Variable& weight, const char* name, float initial) {
    std::string path = weight.path;
    std::ranges::replace(path, '/', '_');
    return add_variable(path + "_" + name, Tensor::full(weight.value.shape(), initial));
}

void OptimizerBase::add_slots(const std::vector<VariablePtr>& weights, std::initializer_list<Slot> slots) {
    for (const VariablePtr& weight : weights) {
        for (const Slot& slot : slots) {
            states_[weight.get()].slots.push_back(add_like(*weight, slot.name, slot.initial));
        }
    }
}

void OptimizerBase::add_slot(const Variable& weight, const std::string& name, Tensor value) {
    states_[&weight].slots.push_back(add_variable(name, std::move(value)));
}

void OptimizerBase::build(const std::vector<VariablePtr>& weights) {
    if (built_) {
        for (const VariablePtr& weight : weights) {
            if (states_.contains(weight.get())) continue;
            throw ValueError(where("it was made for other weights and knows nothing of " + weight->path +
                                   "; compile() the model with a new optimizer"));
        }
        return;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) states_[weights[i].get()].index = i;
    if (common_.use_ema) {
        for (const VariablePtr& weight : weights) states_[weight.get()].average = add_like(*weight, "average", 0);
    }
    if (common_.gradient_accumulation_steps) {
        for (const VariablePtr& weight : weights) {
            states_[weight.get()].accumulator = add_like(*weight, "gradient_accumulator", 0);
        }
    }
    build_own(weights);
    weights_ = weights;
    built_ = true;
}

double OptimizerBase::learning_rate() const {
    if (learning_rate_) return static_cast<double>(float_of(learning_rate_));
    return common_.learning_rate.schedule()->at(static_cast<double>(iterations()));
}

void OptimizerBase::set_learning_rate(double value) {
    if (!learning_rate_) throw ValueError(where("its learning rate is a schedule's, and cannot be set"));
    check_finite(where(""), "learning_rate", value);
    float_of(learning_rate_) = static_cast<float>(value);
}

std::int64_t OptimizerBase::iterations() const { return integer_of(iteration_); }

void OptimizerBase::exclude_from_weight_decay(std::vector<std::string> var_names) {
    if (built_) throw ValueError(where("exclude_from_weight_decay() came after the first step; call it before"));
    undecayed_ = std::move(var_names);
}

bool OptimizerBase::decays(const Variable& weight) const {
    return std::ranges::none_of(undecayed_,
                                [&](const std::string& part) { return weight.name.find(part) != std::string::npos; });
}

std::int64_t OptimizerBase::updates() const { return iterations() / common_.gradient_accumulation_steps.value_or(1); }

StepKind OptimizerBase::next_kind() const {
    StepKind kind;
    if (const auto steps = common_.gradient_accumulation_steps) kind.update = (iterations() + 1) % *steps == 0;
    if (common_.use_ema && common_.ema_overwrite_frequency) {
        kind.overwrite = (updates() + 1) % *common_.ema_overwrite_frequency == 0;
    }
    return kind;
}

StepNumbers OptimizerBase::next_numbers() const { return {updates(), learning_rate()}; }

void OptimizerBase::finish_step() { ++integer_of(iteration_); }

void OptimizerBase::finalize_weights() const {
    if (!common_.use_ema) return;
    for (const VariablePtr& weight : weights_) {
        std::memcpy(weight->value.raw(), states_.at(weight.get()).average->value.raw(), weight->value.bytes());
    }
}

Value OptimizerBase::scale_loss(Graph& graph, Value loss) const {
    return common_.loss_scale_factor ? scaled(graph, loss, *common_.loss_scale_factor) : loss;
}

void OptimizerBase::clip_gradients(Graph& graph, std::vector<Value>& gradients) const {
    if (common_.clipnorm && *common_.clipnorm > 0) {
        const double limit = *common_.clipnorm;
        for (Value& gradient : gradients) {
            const Value norm = ops::unary(graph, UnaryKind::sqrt, sum_of_squares(graph, gradient));
            const Value larger = ops::binary(graph, ops::BinaryKind::maximum, norm, number(graph, limit));
            gradient = ops::divide(graph, scaled(graph, gradient, limit), larger);
        }
    } else if (common_.global_clipnorm && *common_.global_clipnorm > 0 && !gradients.empty()) {
        const double limit = *common_.global_clipnorm;
        Value sum;
        for (const Value gradient : gradients) {
            const Value squares = sum_of_squares(graph, gradient);
            sum = sum ? ops::add(graph, sum, squares) : squares;
        }
        const Value norm = ops::unary(graph, UnaryKind::sqrt, sum);
        const Value larger = ops::binary(graph, ops::BinaryKind::maximum, norm, number(graph, limit));
        const Value factor = ops::divide(graph, number(graph, limit), larger);
        for (Value& gradient : gradients) gradient = ops::multiply(graph, gradient, factor);
    } else if (common_.clipvalue && *common_.clipvalue > 0) {
        const double limit = *common_.clipvalue;
        for (Value& gradient : gradients) gradient = ops::unary(graph, UnaryKind::clip, gradient, -limit, limit);
    }
}

void OptimizerBase::lower(Graph& graph, StepScalars& scalars, StepKind kind, std::span<const VariablePtr> weights,
                          std::vector<Value> gradients) const {
    const std::string outer = graph.label();
    graph.set_label(common_.name);
    if (common_.loss_scale_factor) {
        for (Value& gradient : gradients) gradient = scaled(graph, gradient, 1 / *common_.loss_scale_factor);
    }
    if (const auto steps = common_.gradient_accumulation_steps) {
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const VariablePtr& accumulator = states_.at(weights[i].get()).accumulator;
            const Value sum = ops::add(graph, graph.variable(accumulator), gradients[i]);
            if (kind.update) gradients[i] = scaled(graph, sum, 1 / static_cast<double>(*steps));
            graph.assign(accumulator, kind.update ? graph.constant(Tensor::zeros(accumulator->value.shape())) : sum);
        }
    }
    if (kind.update) {
        clip_gradients(graph, gradients);
        update_shared(graph, scalars);
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const VariablePtr& weight = weights[i];
        const State& state = states_.at(weight.get());
        Value value = graph.variable(weight);
        if (kind.update) {
            if (common_.weight_decay && decays(*weight)) {
                const Value kept = scalars.get(graph, "kept", [decay = *common_.weight_decay](const StepNumbers& step) {
                    return 1 - decay * step.learning_rate;
                });
                value = ops::multiply(graph, value, kept);
            }
            value = update({graph, scalars, {graph, value}, {graph, gradients[i]}, state.slots});
        }
        if (common_.use_ema) {
            // The first average is the weight itself.
            const Value old_share =
                scalars.get(graph, "ema_old", [momentum = common_.ema_momentum](const StepNumbers& step) {
                    return step.iteration == 0 ? 0.0 : momentum;
                });
            const Value new_share =
                scalars.get(graph, "ema_new", [momentum = common_.ema_momentum](const StepNumbers& step) {
                    return step.iteration == 0 ? 1.0 : 1 - momentum;
                });
            const Value average = ops::add(graph, ops::multiply(graph, old_share, graph.variable(state.average)),
                                           ops::multiply(graph, new_share, value));
            graph.assign(state.average, average);
            if (kind.overwrite) value = average;
        }
        if (weight->constraint && (kind.update || kind.overwrite)) value = weight->constraint->lower(graph, value);
        if (kind.update || kind.overwrite) graph.assign(weight, value);
    }
    graph.set_label(outer);
}

Registry<OptimizerBase>& optimizer_registry() {
    static Registry<OptimizerBase> registry("optimizer");
    return registry;
}

namespace {

// Keras finds an optimizer by its class's name, in any case: "Adam", "adam", "rmsprop".
std::shared_ptr<OptimizerBase> optimizer_named(const std::string& name) {
    std::string known;
    for (const std::string& class_name : optimizer_registry().class_names()) {
        if (to_lower(class_name) == to_lower(name)) {
            std::shared_ptr<OptimizerBase> base = optimizer_registry().find(class_name);
            base->finish_construction();
            return base;
        }
        known += (known.empty() ? "" : ", ") + to_lower(class_name);
    }
    throw ValueError("there is no optimizer named \"" + name + "\"; known: " + known);
}

}  // namespace

Optimizer::Optimizer(const std::string& name) : base_(optimizer_named(name)) {}
Optimizer::Optimizer(const char* name) : Optimizer(std::string(name)) {}

double Optimizer::learning_rate() const { return base_->learning_rate(); }
void Optimizer::set_learning_rate(double value) { base_->set_learning_rate(value); }
std::int64_t Optimizer::iterations() const { return base_->iterations(); }
void Optimizer::exclude_from_weight_decay(const std::vector<std::string>& var_names) {
    base_->exclude_from_weight_decay(var_names);
}

}  // namespace markhor
