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

// Enough for training, evaluation and prediction, each with a last, smaller batch, and a few sizes more.
constexpr std::size_t most_plans = 10;

void collect_trainable(const ModelBase& model, std::vector<bool>& flags) {
    for (const auto& layer : model.layers()) {
        flags.push_back(layer->trainable());
        if (const auto* inner = dynamic_cast<const ModelBase*>(layer.get())) collect_trainable(*inner, flags);
    }
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

void Trainer::check_one_input(const char* what) const {
    if (model_->inputs().size() == 1) return;
    throw ValueError(where(what) + "the model has " + std::to_string(model_->inputs().size()) +
                     " inputs; a model with one is wanted");
}

void Trainer::check_compiled(const char* what) const {
    if (!options_) throw ValueError(where(what) + "the model is not compiled; call compile() first");
    if (!options_->loss) throw ValueError(where(what) + "the model was compiled without a loss; give compile() one");
}

void Trainer::check_examples(const Dataset& data, const char* what) const {
    if (data.size() == 0) throw ValueError(where(what) + "the data set has no examples");
}

void Trainer::prepare(const Shape& example, const char* what) {
    const std::lock_guard lock(plans_mutex_);
    const Shape given = example.with_batch(None);
    if (!model_->ready()) {
        const std::vector<Shape> shapes = {given};
        model_->prepare(shapes);
    }
    check_one_input(what);
    const Shape wanted = model_->inputs()[0].shape();
    bool fits = wanted.rank() == given.rank();
    for (std::size_t axis = 1; fits && axis < wanted.rank(); ++axis)
        fits = wanted[axis] == None || wanted[axis] == given[axis];
    if (!fits) {
        throw ShapeError(where(what) + "an example has the shape " + example.str() + "; the model's input is " +
                         wanted.str());
    }
    forget_outdated_plans();
}

Shape Trainer::output_shape(std::int64_t batch) const {
    return model_->outputs()[0].shape().without_batch().with_batch(batch);
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
