#include "insight/rebuild.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <markhor/error.hpp>
#include <markhor/image_input.hpp>
#include <set>

#include "formats/config.hpp"
#include "layers/operators.hpp"
#include "layers/pending_weights.hpp"
#include "model/functional.hpp"
#include "model/network.hpp"
#include "model/sequential.hpp"

namespace markhor::insight {
namespace {

class Rebuilder {
public:
    explicit Rebuilder(const RebuildOptions& options) : options_(options) {}

    std::shared_ptr<ModelBase> make(const ModelBase& model, const std::vector<Shape>& shapes) {
        if (!model.ready()) {
            throw ValueError(model.name() +
                             ": the model has no input shape yet; build() it or give it data before it is made again");
        }
        std::vector<SymbolicTensor> inputs;
        ByTensor<SymbolicTensor> made;
        for (std::size_t i = 0; i < model.inputs().size(); ++i) {
            const SymbolicTensor& old = model.inputs()[i];
            inputs.push_back(
                Input(shapes[i].without_batch(),
                      {.name = old.node()->layer->name(), .batch_size = shapes[i][0], .dtype = old.dtype()}));
            made.set(old, inputs.back());
        }
        if (dynamic_cast<const SequentialModel*>(&model) != nullptr) return chain(model, inputs.front());
        for (const auto& call : model.calls()) {
            if (call->inputs.empty()) continue;
            made.set(*call, apply(*call, made.all(call->inputs)));
        }
        return finished(FunctionalModel::make(inputs, made.all(model.outputs()), model.name()), model);
    }

private:
    std::shared_ptr<ModelBase> chain(const ModelBase& model, const SymbolicTensor& input) {
        auto made = SequentialModel::make({SequentialItem(input)}, model.name());
        std::vector<Shape> shapes = {input.shape()};
        for (const auto& layer : model.layers()) {
            for (const LayerPtr& next : counterpart(layer, shapes)) {
                built(*layer, [&] { made->add(SequentialItem(Layer(next))); });
                take_weights(*layer, *next);
                shapes = {made->outputs()[0].shape()};
            }
        }
        return finished(made, model);
    }

    static std::shared_ptr<ModelBase> finished(std::shared_ptr<ModelBase> made, const ModelBase& model) {
        // Layers have their own `trainable` already; set_trainable() would give all of them the model's.
        if (!model.trainable()) made->LayerBase::set_trainable(false);
        return made;
    }

    std::vector<SymbolicTensor> apply(const CallNode& call, const std::vector<SymbolicTensor>& inputs) {
        std::vector<Shape> shapes;
        shapes.reserve(inputs.size());
        for (const SymbolicTensor& input : inputs) shapes.push_back(input.shape());
        std::vector<SymbolicTensor> outputs = inputs;
        for (const LayerPtr& layer : counterpart(call.layer, shapes)) {
            built(*call.layer, [&] { outputs = layer->apply(outputs, {.training = call.training}); });
            take_weights(*call.layer, *layer);
        }
        return outputs;
    }

    /// The new layers for an old one: the same ones at each of its calls.
    const std::vector<LayerPtr>& counterpart(const LayerPtr& layer, const std::vector<Shape>& shapes) {
        if (const auto found = layers_.find(layer.get()); found != layers_.end()) return found->second;
        std::vector<LayerPtr> made;
        if (const auto* inner = dynamic_cast<const ModelBase*>(layer.get())) {
            made = {make(*inner, shapes)};
        } else if (dynamic_cast<const layers::Operator*>(layer.get()) != nullptr) {
            made = {layer};  // has neither weights nor state
        } else if (std::optional<std::vector<LayerPtr>> other =
                       options_.replace ? options_.replace(*layer) : std::nullopt) {
            made = std::move(*other);
        } else {
            made = {formats::layer_from_config(formats::layer_config(*layer))};
            copies_.insert(layer.get());
        }
        return layers_[layer.get()] = std::move(made);
    }

    bool is_copy(const LayerBase& layer) const { return copies_.contains(&layer); }

    /// Runs what builds the layer. A copy's weights need no first values where it takes over all of them.
    template <class Body>
    void built(const LayerBase& layer, const Body& body) {
        if (!options_.weights || (is_copy(layer) && !options_.input_shape)) {
            const PendingWeights pending(std::numeric_limits<std::size_t>::max());
            body();
        } else {
            body();
        }
    }

    void take_weights(const LayerBase& from, const LayerBase& to) {
        if (!options_.weights || !is_copy(from) || !taken_.insert(&from).second) return;
        const std::vector<VariablePtr> old = from.weights();
        const std::vector<VariablePtr> made = to.weights();
        for (std::size_t i = 0; i < std::min(old.size(), made.size()); ++i) {
            if (old[i]->value.shape() == made[i]->value.shape()) made[i]->value = old[i]->value.clone();
        }
    }

    const RebuildOptions& options_;
    std::map<const LayerBase*, std::vector<LayerPtr>> layers_;
    std::set<const LayerBase*> copies_;
    std::set<const LayerBase*> taken_;
};

}  // namespace

Model rebuild(const Model& model, const RebuildOptions& options) {
    const ModelBase& base = *model.model_base();
    std::vector<Shape> shapes = model.input_shapes();
    if (options.input_shape) {
        if (shapes.size() != 1) {
            throw ValueError(base.name() + ": the model has " + std::to_string(shapes.size()) +
                             " inputs; another size can be given to a model of one");
        }
        shapes[0] = options.input_shape->with_batch(shapes[0][0]);
    }
    Model made(Rebuilder(options).make(base, shapes));
    if (std::optional<ImageInput> input = stored_image_input(model)) {
        if (options.input_shape && options.input_shape->rank() == 3) {
            input->height = std::max<std::int64_t>(0, (*options.input_shape)[0]);
            input->width = std::max<std::int64_t>(0, (*options.input_shape)[1]);
        }
        set_image_input(made, *input);
    }
    return made;
}

LayerPtr changed_layer(LayerBase& layer, const nlohmann::json& changes) {
    nlohmann::json config = formats::layer_config(layer);
    config["config"].update(changes);
    return formats::layer_from_config(config);
}

std::string free_name(const ModelBase& model, const std::string& name) {
    const auto taken = [&](const std::string& wanted) {
        return std::ranges::any_of(model.layers(), [&](const LayerPtr& layer) { return layer->name() == wanted; });
    };
    std::string free = name;
    for (int i = 1; taken(free); ++i) free = name + "_" + std::to_string(i);
    return free;
}

}  // namespace markhor::insight
