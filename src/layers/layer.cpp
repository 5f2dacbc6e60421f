// The handles that the user holds: SymbolicTensor and Layer.
#include <markhor/layer.hpp>

#include <algorithm>
#include <cstring>
#include <markhor/error.hpp>

#include "layers/layer_base.hpp"

namespace markhor {

const Shape& SymbolicTensor::shape() const {
    if (!node_) throw ValueError("an empty SymbolicTensor has no shape; the output of Input() or of a layer is wanted");
    return node_->output_shapes[static_cast<std::size_t>(index_)];
}

DType SymbolicTensor::dtype() const {
    if (!node_) throw ValueError("an empty SymbolicTensor has no dtype; the output of Input() or of a layer is wanted");
    return node_->output_dtypes[static_cast<std::size_t>(index_)];
}

SymbolicTensor Layer::operator()(const SymbolicTensor& input, const CallOptions& options) const {
    return base_->apply({input}, options).front();
}

SymbolicTensor Layer::operator()(const std::vector<SymbolicTensor>& inputs, const CallOptions& options) const {
    return base_->apply(inputs, options).front();
}

SymbolicTensor Layer::input() const { return base_->input(); }
SymbolicTensor Layer::output() const { return base_->output(); }

const std::string& Layer::name() const { return base_->name(); }
std::string Layer::class_name() const { return std::string(base_->class_name()); }
bool Layer::built() const { return base_->built(); }
bool Layer::trainable() const { return base_->trainable(); }
void Layer::set_trainable(bool trainable) { base_->set_trainable(trainable); }

std::vector<VariablePtr> Layer::weights() const { return base_->weights(); }
std::vector<VariablePtr> Layer::trainable_weights() const { return base_->trainable_weights(); }

std::vector<VariablePtr> Layer::non_trainable_weights() const {
    const std::vector<VariablePtr> trained = trainable_weights();
    std::vector<VariablePtr> others = weights();
    std::erase_if(others,
                  [&](const VariablePtr& weight) { return std::ranges::find(trained, weight) != trained.end(); });
    return others;
}

std::int64_t Layer::count_params() const {
    if (!base_->built() && base_->has_build()) {
        throw ValueError(name() + " (" + class_name() +
                         "): the layer has no weights to count yet; call it or build() its model");
    }
    std::int64_t count = 0;
    for (const VariablePtr& weight : weights()) count += weight->value.size();
    return count;
}

std::vector<Tensor> Layer::get_weights() const {
    std::vector<Tensor> values;
    for (const VariablePtr& weight : weights()) values.push_back(weight->value.clone());
    return values;
}

void Layer::set_weights(const std::vector<Tensor>& values) {
    const std::vector<VariablePtr> all = weights();
    const std::string where = name() + " (" + class_name() + "): ";
    if (values.size() != all.size()) {
        throw ShapeError(where + std::to_string(values.size()) + " weights came; the layer has " +
                         std::to_string(all.size()));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (values[i].shape() != all[i]->value.shape()) {
            throw ShapeError(where + "the value for '" + all[i]->path + "' has shape " + values[i].shape().str() +
                             "; " + all[i]->value.shape().str() + " is wanted");
        }
    }
    // Into the memory there is: plans that read a weight keep its address.
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Tensor value = values[i].cast(all[i]->value.dtype());
        if (value.bytes() > 0) std::memcpy(all[i]->value.raw(), value.raw(), value.bytes());
    }
}

}  // namespace markhor
