// Compiling, checking what comes in, and the plans: one executable for each batch size and use, the least recently used
// dropped.
#include "model/trainer.hpp"

#include <algorithm>
#include <markhor/error.hpp>
#include <utility>

#include "engine/engines.hpp"
#include "model/model_base.hpp"
#include "training/loss.hpp"

namespace markhor {
namespace {

// Enough for training, evaluation and prediction, each with a last, smaller batch, parts of a prediction's batches, and
// a few sizes more.
constexpr std::size_t most_plans = 14;

void collect_trainable(const ModelBase& model, std::vector<bool>& flags) {
    for (const auto& layer : model.layers()) {
        flags.push_back(layer->trainable());
        if (const auto* inner = dynamic_cast<const ModelBase*>(layer.get())) collect_trainable(*inner, flags);
    }
}

std::vector<std::string> names_of(const std::vector<SymbolicTensor>& tensors) {
    std::vector<std::string> names;
    names.reserve(tensors.size());
    for (const SymbolicTensor& tensor : tensors) names.push_back(tensor.node()->layer->name());
    return names;
}

/// None where the parts have none.
std::vector<std::string> names_of(const std::vector<ExamplePart>& parts) {
    std::vector<std::string> names;
    for (const ExamplePart& part : parts) {
        if (!part.name.empty()) names.push_back(part.name);
    }
    return names;
}

bool fits_weights(const Shape& given, const Shape& wanted) {
    if (wanted.rank() != given.rank()) return false;
    for (std::size_t axis = 1; axis < wanted.rank(); ++axis) {
        if (wanted[axis] != None && wanted[axis] != given[axis]) return false;
    }
    return true;
}

/// "(batch, 28, 28, 1)".
std::string with_batch_named(const Shape& shape) {
    std::string text = "(batch";
    for (std::size_t axis = 1; axis < shape.rank(); ++axis) {
        text += ", " + (shape[axis] == None ? "any" : std::to_string(shape[axis]));
    }
    return text + ")";
}

/// What to say where the array given, `examples` of shape `example`, lacks the batch axis, or the axis of one channel;
/// empty where that is not it.
std::string missing_axis(const Shape& example, std::int64_t examples, const Shape& input) {
    const Shape given = example.with_batch(examples);
    const bool no_batch = fits_weights(given.with_batch(1), input);
    Shape with_channel = given;
    with_channel.push_back(1);
    const bool no_channel = !no_batch && input.rank() > 2 && fits_weights(with_channel, input);
    if (!no_batch && !no_channel) return {};
    const std::string text = "expected " + with_batch_named(input) + ", got " + given.str() + ": the ";
    if (no_batch) {
        return text + "batch axis is missing; a batch of one is expand_dims(x, 0), or x.reshaped({" +
               given.with_batch(1).str().substr(1, given.with_batch(1).str().size() - 2) + "})";
    }
    return text + "last axis, of one channel, is missing; expand_dims(x, -1) adds it";
}

}  // namespace

std::shared_ptr<graph::Execution> Plan::acquire() {
    std::unique_ptr<graph::Execution> execution;
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            execution = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!execution) execution = std::make_unique<graph::Execution>(executable_);
    return {execution.release(), [plan = shared_from_this()](graph::Execution* used) {
                std::unique_ptr<graph::Execution> owned(used);
                const std::lock_guard lock(plan->mutex_);
                plan->idle_.push_back(std::move(owned));
            }};
}

Trainer::Trainer(ModelBase& model) : model_(&model), engine_(&engine::cpu()) {}
Trainer::~Trainer() = default;

void Trainer::compile(const CompileOptions& options) {
    const std::lock_guard lock(plans_mutex_);
    options_ = options;
    plans_.clear();
}

const CompileOptions& Trainer::options() const {
    if (!options_) throw ValueError(model_->name() + ": the model is not compiled; call compile() first");
    return *options_;
}

std::int64_t Trainer::optimizer_params() const {
    if (!options_ || !options_->optimizer.base()->built()) return 0;
    std::int64_t params = 0;
    for (const VariablePtr& variable : options_->optimizer.base()->variables()) params += variable->value.size();
    return params;
}

std::size_t Trainer::optimizer_bytes() const {
    if (!options_ || !options_->optimizer.base()->built()) return 0;
    std::size_t bytes = 0;
    for (const VariablePtr& variable : options_->optimizer.base()->variables()) bytes += variable->value.bytes();
    return bytes;
}

void Trainer::set_engine(const graph::Engine& engine) {
    const std::lock_guard lock(plans_mutex_);
    engine_ = &engine;
    plans_.clear();
}

std::string Trainer::where(const char* what) const { return model_->name() + ": " + what + "(): "; }

void Trainer::check_compiled(const char* what) const {
    if (!options_) throw ValueError(where(what) + "the model is not compiled; call compile() first");
    if (options_->loss.empty())
        throw ValueError(where(what) + "the model was compiled without a loss; give compile() one");
}

void Trainer::check_examples(const Dataset& data, const char* what) const {
    if (data.size() == 0) throw ValueError(where(what) + "the data set has no examples");
}

std::vector<std::size_t> Trainer::prepare_inputs(const std::vector<ExamplePart>& inputs, std::int64_t examples,
                                                 const char* what) {
    const std::lock_guard lock(plans_mutex_);
    if (!model_->ready()) {
        std::vector<Shape> shapes;
        shapes.reserve(inputs.size());
        for (const ExamplePart& input : inputs) shapes.push_back(input.shape.with_batch(None));
        model_->prepare(shapes);
    }
    const auto indices =
        match_names(names_of(model_->inputs()), names_of(inputs), inputs.size(), "inputs", where(what));
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < indices.size(); ++i) {
        const SymbolicTensor& input = model_->inputs()[i];
        const std::string& name = input.node()->layer->name();
        if (!indices[i]) throw ValueError(where(what) + "nothing came for the input '" + name + "'");
        const Shape& example = inputs[*indices[i]].shape;
        if (!fits_weights(example.with_batch(None), input.shape())) {
            const std::string missing = missing_axis(example, examples, input.shape());
            if (!missing.empty()) throw ShapeError(where(what) + missing);
            const std::string which = indices.size() == 1 ? "the model's input" : "the input '" + name + "'";
            throw ShapeError(where(what) + "an example has the shape " + example.str() + "; " + which + " is " +
                             input.shape().str());
        }
        order.push_back(*indices[i]);
    }
    forget_outdated_plans();
    return order;
}

Wiring Trainer::prepare(const Dataset& data, const char* what) {
    const ExampleParts parts = data.parts();
    Wiring wiring{prepare_inputs(parts.x, data.size(), what), {}, compiled_outputs(what)};
    wiring.targets = match_names(output_names(), names_of(parts.y), parts.y.size(), "targets", where(what));
    for (std::size_t i = 0; i < wiring.outputs.size(); ++i) {
        const CompiledOutput& output = wiring.outputs[i];
        if (wiring.targets[i] || !output.needs_target()) continue;
        throw ValueError(where(what) + "no target came for the output '" + output.name +
                         "', which has a loss or a metric");
    }
    return wiring;
}

std::vector<std::string> Trainer::output_names() const { return names_of(model_->outputs()); }

std::vector<CompiledOutput> Trainer::compiled_outputs(const char* what) const {
    return resolve_outputs(*options_, output_names(), where(what));
}

Shape Trainer::output_shape(std::size_t output, std::int64_t batch) const {
    return model_->outputs()[output].shape().without_batch().with_batch(batch);
}

std::vector<MeteredOutput> Trainer::metered(const Wiring& wiring, const Dataset& data, std::int64_t batch) const {
    const ExampleParts parts = data.parts();
    std::vector<MeteredOutput> metered;
    for (std::size_t i = 0; i < wiring.outputs.size(); ++i) {
        const CompiledOutput& output = wiring.outputs[i];
        const Shape targets = wiring.targets[i] ? parts.y[*wiring.targets[i]].shape.with_batch(batch) : Shape();
        metered.push_back({wiring.outputs.size() > 1 ? output.name : std::string(), output.loss.has_value(),
                           output.metrics, output.weighted_metrics, targets, output_shape(i, batch)});
    }
    return metered;
}

OutputSampleWeights Trainer::sample_weights(const Tensors& samples, const std::map<std::int64_t, double>& classes,
                                            std::int64_t examples, const char* what) const {
    const std::vector<std::string> names = output_names();
    if (!classes.empty() && names.size() > 1) {
        throw ValueError(where(what) + "class_weight came for a model of " + std::to_string(names.size()) +
                         " outputs; it is for models with one, sample_weight is for each output");
    }
    if (!classes.empty() && !samples.defined()) {
        const Shape predictions = output_shape(0, 1);
        if (predictions.rank() > 1 && predictions.elements() != predictions.back()) {
            throw ValueError(where(what) + "class_weight is of examples that have one class each; the output is " +
                             model_->outputs()[0].shape().str() +
                             ": give each element the weight of its class by sample_weight, of the targets' shape");
        }
    }
    OutputSampleWeights weights;
    const bool for_all = samples.size() < 2 && samples.names().empty();
    if (for_all && names.size() > 1 && samples.defined()) {
        const Shape& shape = samples.values().front().shape();
        if (shape.rank() != 1 && shape != Shape{examples, 1}) {
            throw ShapeError(where(what) + "one sample_weight of shape " + shape.str() + " was given for " +
                             std::to_string(names.size()) + " outputs; expected (" + std::to_string(examples) +
                             ",), or one for each output");
        }
    }
    const auto indices = for_all ? std::vector<std::optional<std::size_t>>(names.size(), 0)
                                 : match_names(names, samples.names(), samples.size(), "sample weights", where(what));
    for (const std::optional<std::size_t> index : indices) {
        const Tensor unweighted;
        weights.emplace_back(index && samples.defined() ? samples.values()[*index] : unweighted, classes, examples,
                             where(what));
    }
    return weights;
}

void Trainer::forget_outdated_plans() {
    std::vector<bool> trainable;
    collect_trainable(*model_, trainable);
    if (planned_outputs_ == model_->outputs() && planned_trainable_ == trainable) return;
    plans_.clear();
    planned_outputs_ = model_->outputs();
    planned_trainable_ = std::move(trainable);
}

std::shared_ptr<Plan> Trainer::plan(const PlanKey& key, const char* what) {
    const std::lock_guard lock(plans_mutex_);
    const auto found = plans_.find(key);
    if (found != plans_.end()) {
        found->second.last_use = ++uses_;
        return found->second.plan;
    }
    if (plans_.size() >= most_plans) {
        plans_.erase(std::ranges::min_element(plans_, {}, [](const auto& entry) { return entry.second.last_use; }));
    }
    try {
        return plans_.emplace(key, CachedPlan{make_plan(key), ++uses_}).first->second.plan;
    } catch (const ShapeError& error) {
        throw ShapeError(where(what) + error.what());
    }
}

}  // namespace markhor
