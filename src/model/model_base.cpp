#include "model/model_base.hpp"

#include <markhor/error.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/network.hpp"
#include "model/trainer.hpp"

namespace markhor {
namespace {

std::string shapes_str(std::span<const Shape> shapes) {
    std::string text;
    for (const Shape& shape : shapes) text += (text.empty() ? "" : ", ") + shape.str();
    return text;
}

using Calls = std::vector<std::shared_ptr<const CallNode>>;

/// Calls of layers, those in the models that are called included; counted no further than `most`. Each model is looked
/// through once.
std::size_t expanded_count(const Calls& calls, std::size_t most,
                           std::unordered_map<const LayerBase*, std::size_t>& of) {
    std::size_t count = 0;
    for (const auto& call : calls) {
        const LayerBase* layer = call->layer.get();
        std::size_t here = 1;
        if (const auto* inner = dynamic_cast<const ModelBase*>(layer)) {
            const auto known = of.find(layer);
            here = known != of.end() ? known->second : of[layer] = expanded_count(inner->calls(), most, of);
        }
        count += here;
        if (count > most) break;
    }
    return count;
}

void check_calls(const std::string& model, const Calls& calls) {
    constexpr std::size_t most = 50'000;  // models in models may double them from level to level
    std::unordered_map<const LayerBase*, std::size_t> counts;
    if (expanded_count(calls, most, counts) > most) {
        throw ValueError(model + ": with the models in it, it has more than " + std::to_string(most) +
                         " calls of layers; a model called twice counts twice");
    }
}

bool fits(const Shape& wanted, const Shape& given) {
    if (wanted.rank() != given.rank()) return false;
    for (std::size_t axis = 0; axis < wanted.rank(); ++axis) {
        if (wanted[axis] != None && given[axis] != None && wanted[axis] != given[axis]) return false;
    }
    return true;
}

std::vector<std::string> sources_of(const CallNode& call) {
    std::vector<std::string> names;
    for (const SymbolicTensor& input : call.inputs) names.push_back(input.node()->layer->name());
    return names;
}

/// The layers' weights, a shared one once.
template <class WeightsOf>
std::vector<VariablePtr> collect(const std::vector<std::shared_ptr<LayerBase>>& layers, WeightsOf weights_of) {
    std::vector<VariablePtr> all;
    std::unordered_set<const Variable*> seen;
    for (const auto& layer : layers) {
        for (VariablePtr& weight : weights_of(*layer)) {
            if (seen.insert(weight.get()).second) all.push_back(std::move(weight));
        }
    }
    return all;
}

}  // namespace

ModelBase::ModelBase() : trainer_(std::make_unique<Trainer>(*this)) {}

ModelBase::~ModelBase() {
    // Calls hold their inputs: from the back, so that a deep network does not recurse as deep while it is let go.
    outputs_.clear();
    while (!calls_.empty()) calls_.pop_back();
}

void ModelBase::set_graph(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs) {
    Network network = map_network(name(), inputs, outputs);
    check_calls(name(), network.calls);
    inputs_ = std::move(inputs);
    outputs_ = std::move(outputs);
    calls_ = std::move(network.calls);
    layers_ = std::move(network.layers);
}

void ModelBase::check_ready() const {
    if (!ready()) throw ValueError(name() + ": the model has no input shape yet; build() it or give it data first");
}

SymbolicTensor ModelBase::input() const {
    check_ready();
    return inputs_.front();
}

SymbolicTensor ModelBase::output() const {
    check_ready();
    return outputs_.front();
}

std::vector<Shape> ModelBase::output_shapes(std::span<const Shape> inputs) const {
    std::vector<Shape> wanted;
    for (const SymbolicTensor& input : inputs_) wanted.push_back(input.shape());
    bool fitting = inputs.size() == wanted.size();
    for (std::size_t i = 0; fitting && i < inputs.size(); ++i) fitting = fits(wanted[i], inputs[i]);
    if (!fitting) {
        throw ShapeError("the model was given " + shapes_str(inputs) + "; its input is " + shapes_str(wanted));
    }

    ByTensor<Shape> shapes;
    for (std::size_t i = 0; i < inputs.size(); ++i) shapes.set(inputs_[i], inputs[i]);
    for (const auto& call : calls_) {
        if (call->inputs.empty()) continue;
        const std::vector<Shape> given = shapes.all(call->inputs);
        shapes.set(*call, call->layer->checked_output_shapes(given, sources_of(*call)));
    }
    return shapes.all(outputs_);
}

std::vector<graph::Value> ModelBase::call(CallContext& context, std::span<const graph::Value> inputs) const {
    ByTensor<graph::Value> values;
    for (std::size_t i = 0; i < inputs.size(); ++i) values.set(inputs_[i], inputs[i]);
    for (const auto& call : calls_) {
        if (call->inputs.empty()) continue;
        const std::vector<graph::Value> given = values.all(call->inputs);
        const bool training = context.training;
        const bool inference_only = call->training == false && !call->layer->training_defaults_to_false();
        context.training = training && !inference_only;
        values.set(*call, call->layer->lower(context, given));
        context.training = training;
    }
    return values.all(outputs_);
}

std::vector<VariablePtr> ModelBase::weights() const {
    return collect(layers(), [](const LayerBase& layer) { return layer.weights(); });
}

std::vector<VariablePtr> ModelBase::trainable_weights() const {
    if (!trainable()) return {};
    return collect(layers(), [](const LayerBase& layer) { return layer.trainable_weights(); });
}

void ModelBase::set_trainable(bool trainable) {
    LayerBase::set_trainable(trainable);
    for (const auto& layer : layers()) layer->set_trainable(trainable);
}

}  // namespace markhor
