#include "model/sequential.hpp"

#include <markhor/error.hpp>
#include <utility>

#include "model/network.hpp"

namespace markhor {

std::shared_ptr<SequentialModel> SequentialModel::make(const std::vector<SequentialItem>& items, std::string name) {
    auto model = std::make_shared<SequentialModel>();
    model->finish_construction(std::move(name));
    for (const SequentialItem& item : items) model->append(item);
    model->build_if_known();
    return model;
}

std::shared_ptr<LayerBase> SequentialModel::input_layer() const { return input_ ? input_->node()->layer : nullptr; }

void SequentialModel::add(const SequentialItem& item) {
    const std::size_t before = layers_.size();
    append(item);
    if (layers_.size() == before) return;
    try {
        ready() ? connect_last() : build_if_known();
    } catch (...) {
        names_.erase(layers_.back()->name());
        layers_.pop_back();
        throw;
    }
}

std::shared_ptr<LayerBase> SequentialModel::pop() {
    if (layers_.empty()) throw ValueError(name() + ": pop() of a Sequential without layers");
    std::shared_ptr<LayerBase> last = layers_.back();
    const bool was_ready = ready();
    names_.erase(last->name());
    layers_.pop_back();
    if (!was_ready) return last;
    if (!layers_.empty()) {
        const std::vector<SymbolicTensor> before = outputs_.front().node()->inputs;
        set_chain(before);
    } else {
        inputs_.clear();
        outputs_.clear();
        calls_.clear();
        set_unbuilt();
    }
    return last;
}

void SequentialModel::append(const SequentialItem& item) {
    if (!item.layer()) return append_input(item.input());
    const std::shared_ptr<LayerBase>& layer = item.layer()->base();
    if (layer->class_name() == "InputLayer") return append_input(layer->apply({}).front());
    append_layer(layer);
}

void SequentialModel::append_input(const SymbolicTensor& input) {
    if (!input.node() || !input.node()->inputs.empty()) {
        throw ValueError(name() + ": a Sequential takes layers and one Input(), not the output of a layer");
    }
    if (input_) {
        throw ValueError(name() + ": the Sequential has the input shape " + input_->shape().str() +
                         " already; a second Input of shape " + input.shape().str() + " was added");
    }
    if (!layers_.empty()) {
        throw ValueError(name() + ": Input must come before the layers; it was added after '" + layers_.back()->name() +
                         "'");
    }
    input_ = input;
}

void SequentialModel::append_layer(const std::shared_ptr<LayerBase>& layer) {
    if (names_.contains(layer->name()) || (input_ && input_->node()->layer->name() == layer->name())) {
        throw ValueError(name() + ": a layer named '" + layer->name() +
                         "' was added before; names in a model must differ");
    }
    layers_.push_back(layer);
    names_.insert(layer->name());
}

void SequentialModel::build_if_known() {
    if (layers_.empty()) return;
    std::vector<Shape> shapes;
    if (input_) {
        shapes = {input_->shape()};
    } else if (const auto* first = dynamic_cast<const ModelBase*>(layers_.front().get()); first && first->ready()) {
        for (const SymbolicTensor& input : first->inputs()) shapes.push_back(input.shape());
    }
    if (shapes.size() == 1) ensure_built(shapes);
}

void SequentialModel::connect_last() { set_chain(layers_.back()->apply(outputs_)); }

void SequentialModel::set_chain(std::vector<SymbolicTensor> outputs) {
    std::vector<std::shared_ptr<LayerBase>> chain = layers_;
    set_graph({*input_}, std::move(outputs));
    layers_ = std::move(chain);
}

std::vector<Shape> SequentialModel::output_shapes(std::span<const Shape> inputs) const {
    if (ready()) return ModelBase::output_shapes(inputs);
    if (layers_.empty()) throw ShapeError("the Sequential has no layers; add() some");
    std::vector<Shape> shapes(inputs.begin(), inputs.end());
    std::vector<std::string> sources;
    for (const auto& layer : layers_) {
        shapes = layer->checked_output_shapes(shapes, sources);
        sources = {layer->name()};
    }
    return shapes;
}

void SequentialModel::prepare(std::span<const Shape> inputs) {
    if (ready()) return;
    if (layers_.empty()) throw ValueError(name() + ": the Sequential has no layers; add() some");
    ensure_built(inputs);
}

void SequentialModel::build(std::span<const Shape> inputs) {
    if (inputs.size() != 1) {
        throw ValueError(name() + ": a Sequential has one input; " + std::to_string(inputs.size()) + " were given");
    }
    output_shapes(inputs);  // all shapes before any weight: a chain that does not fit stays unbuilt
    if (!input_) input_ = Input(inputs[0].without_batch(), {.batch_size = inputs[0][0]});
    std::vector<SymbolicTensor> tensors = {*input_};
    for (const auto& layer : layers_) tensors = layer->apply(tensors);
    set_chain(std::move(tensors));
}

}  // namespace markhor
