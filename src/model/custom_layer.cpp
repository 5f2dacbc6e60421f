#include "model/custom_layer.hpp"

#include <algorithm>
#include <markhor/error.hpp>
#include <markhor/model.hpp>

namespace markhor {
namespace {

const CustomObjectScope*& innermost() {
    thread_local const CustomObjectScope* the_innermost = nullptr;
    return the_innermost;
}

}  // namespace

template <class T>
const T& CustomConfig::get(const std::string& key, const char* kind) const {
    const auto found = values_.find(key);
    const T* value = found == values_.end() ? nullptr : std::get_if<T>(&found->second);
    if (!value) throw ValueError("the custom layer's config has no " + std::string(kind) + " '" + key + "'");
    return *value;
}

bool CustomConfig::flag(const std::string& key) const { return get<bool>(key, "flag"); }
std::int64_t CustomConfig::integer(const std::string& key) const { return get<std::int64_t>(key, "integer"); }
double CustomConfig::number(const std::string& key) const { return get<double>(key, "number"); }
const std::string& CustomConfig::text(const std::string& key) const { return get<std::string>(key, "text"); }

void CustomLayer::describe(FieldVisitor& visitor) {
    for (auto& [key, value] : config_.values()) {
        std::visit([&, name = key.c_str()](auto& held) { visitor.field(name, held); }, value);
    }
}

void CustomLayer::set_config(const CustomConfig& config) {
    for (const auto& [key, value] : config.values()) {
        const auto known = config_.values().find(key);
        if (known == config_.values().end() || known->second.index() != value.index()) {
            throw ValueError(class_name_ + ": its config has no '" + key + "' of this kind");
        }
        known->second = value;
    }
}

std::shared_ptr<FunctionalModel> CustomLayer::make_inner(std::span<const Shape> inputs) const {
    if (!object_.call) throw ValueError("the custom class has no call function");
    std::vector<SymbolicTensor> tensors;
    for (const Shape& shape : inputs) {
        const std::string input = name() + "_input_" + std::to_string(tensors.size());
        tensors.push_back(Input(shape.without_batch(), {.name = input, .batch_size = shape[0]}));
    }
    return FunctionalModel::make(tensors, object_.call(tensors, config_), name());
}

std::vector<Shape> CustomLayer::output_shapes(std::span<const Shape> inputs) const {
    if (std::ranges::any_of(inputs, [](const Shape& shape) { return shape.rank() == 0; })) {
        throw ShapeError("an input has no batch axis");
    }
    if (!inner_) inner_ = make_inner(inputs);
    return inner_->output_shapes(inputs);
}

void CustomLayer::build(std::span<const Shape> /*inputs*/) { inner_->set_trainable(trainable()); }

std::vector<graph::Value> CustomLayer::call(CallContext& context, std::span<const graph::Value> inputs) const {
    return inner_->call(context, inputs);
}

std::vector<VariablePtr> CustomLayer::weights() const {
    return inner_ ? inner_->weights() : std::vector<VariablePtr>();
}

std::vector<VariablePtr> CustomLayer::trainable_weights() const {
    return inner_ && trainable() ? inner_->trainable_weights() : std::vector<VariablePtr>();
}

void CustomLayer::set_trainable(bool trainable) {
    LayerBase::set_trainable(trainable);
    if (inner_) inner_->set_trainable(trainable);
}

std::vector<std::shared_ptr<LayerBase>> CustomLayer::parts() const {
    return inner_ ? inner_->layers() : std::vector<std::shared_ptr<LayerBase>>();
}

CustomObjectScope::CustomObjectScope(const CustomObjects& objects) : objects_(&objects), outer_(innermost()) {
    innermost() = this;
}

CustomObjectScope::~CustomObjectScope() { innermost() = outer_; }

std::shared_ptr<LayerBase> CustomObjectScope::make(const std::string& class_name) {
    for (const CustomObjectScope* scope = innermost(); scope; scope = scope->outer_) {
        const auto found = scope->objects_->find(class_name);
        if (found != scope->objects_->end()) return std::make_shared<CustomLayer>(class_name, found->second);
    }
    return nullptr;
}

Layer custom_layer(const std::string& class_name, const CustomObject& object, const CustomConfig& config,
                   const std::string& name) {
    const auto layer = std::make_shared<CustomLayer>(class_name, object);
    layer->set_config(config);
    layer->finish_construction(name);
    return Layer(layer);
}

}  // namespace markhor
