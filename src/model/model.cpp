// The handles Model and Sequential: what of them is no training (model_training.cpp) and no summary (summary.cpp).
#include <markhor/error.hpp>
#include <markhor/model.hpp>

#include "formats/load_weights.hpp"
#include "formats/weights_h5.hpp"
#include "layers/operators.hpp"
#include "model/functional.hpp"
#include "model/sequential.hpp"
#include "model/weight_tree.hpp"

namespace markhor {
namespace {

std::shared_ptr<ModelBase> not_null(std::shared_ptr<ModelBase> base) {
    if (!base) throw ValueError("a Model was made of a null pointer");
    return base;
}

std::vector<Shape> shapes_of(const std::vector<SymbolicTensor>& tensors) {
    std::vector<Shape> shapes;
    shapes.reserve(tensors.size());
    for (const SymbolicTensor& tensor : tensors) shapes.push_back(tensor.shape());
    return shapes;
}

SequentialModel& sequential(const std::shared_ptr<ModelBase>& model) { return static_cast<SequentialModel&>(*model); }

}  // namespace

Model::Model(const Options& options) : Model(FunctionalModel::make(options.inputs, options.outputs, options.name)) {}

Model::Model(std::shared_ptr<ModelBase> base) : Layer(not_null(base)), model_(std::move(base)) {}

std::vector<Layer> Model::layers() const {
    std::vector<Layer> all;
    for (const auto& layer : model_->layers()) {
        if (!dynamic_cast<const layers::Operator*>(layer.get())) all.emplace_back(layer);
    }
    return all;
}

Layer Model::get_layer(const std::string& name) const {
    std::string names;
    for (const auto& layer : model_->layers()) {
        if (layer->name() == name) return Layer(layer);
        names += (names.empty() ? "" : ", ") + layer->name();
    }
    throw ValueError(model_->name() + ": no layer is named '" + name + "'; there are: " + names);
}

std::vector<SymbolicTensor> Model::inputs() const { return model_->inputs(); }

std::vector<SymbolicTensor> Model::outputs() const { return model_->outputs(); }

std::vector<Shape> Model::input_shapes() const { return shapes_of(model_->inputs()); }

std::vector<Shape> Model::output_shapes() const { return shapes_of(model_->outputs()); }

void Model::save_weights(const std::filesystem::path& file) const {
    if (!model_->ready())
        throw ValueError(model_->name() + ": the model has no weights to save yet; build() it or give it data");
    formats::write_weights_h5(file, weight_tree(*model_));
}

void Model::load_weights(const std::filesystem::path& file, const LoadWeightsOptions& options) {
    if (!model_->ready())
        throw ValueError(model_->name() + ": the model has no weights to load into yet; build() it first");
    formats::load_weights(file, *model_, options);
}

Sequential::Sequential(std::initializer_list<SequentialItem> items, const Options& options)
    : Sequential(std::vector<SequentialItem>(items), options) {}

Sequential::Sequential(const std::vector<SequentialItem>& items, const Options& options)
    : Model(SequentialModel::make(items, options.name)) {}

Sequential Sequential::of(const Model& model) {
    if (dynamic_cast<const SequentialModel*>(model.model_base().get()) == nullptr) {
        throw ValueError(model.name() + ": the model is a " + model.class_name() + "; expected a Sequential");
    }
    return Sequential(model.model_base());
}

void Sequential::add(const SequentialItem& item) { sequential(model_).add(item); }

Layer Sequential::pop() { return Layer(sequential(model_).pop()); }

void Sequential::build(const Shape& input_shape) {
    if (input_shape.rank() == 0) {
        throw ShapeError(model_->name() +
                         ": build() was given the shape (); one with a batch axis, like (None, 28, 28, 1), is wanted");
    }
    const std::vector<Shape> shapes = {input_shape};
    if (model_->ready() && model_->inputs()[0].shape() != input_shape) {
        throw ValueError(model_->name() + ": the Sequential was built for the input shape " +
                         model_->inputs()[0].shape().str() + "; build() was given " + input_shape.str());
    }
    model_->prepare(shapes);
}

}  // namespace markhor
