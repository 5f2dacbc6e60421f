// A layer made of layers by a user's function: a small functional model with a class name and a config of its own.
#pragma once

#include <markhor/custom_objects.hpp>
#include <memory>
#include <string>
#include <vector>

#include "model/functional.hpp"

namespace markhor {

class CustomLayer final : public LayerBase {
public:
    CustomLayer(std::string class_name, const CustomObject& object)
        : class_name_(std::move(class_name)), object_(object), config_(object.defaults) {}

    std::string_view class_name() const override { return class_name_; }
    /// "Custom>SqueezeExcite"
    std::string registered_name() const { return object_.package + ">" + class_name_; }
    void describe(FieldVisitor& visitor) override;
    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
    void build(std::span<const Shape> inputs) override;
    bool has_build() const override { return true; }
    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override;
    std::vector<VariablePtr> weights() const override;
    std::vector<VariablePtr> trainable_weights() const override;
    void set_trainable(bool trainable) override;

    const CustomObject& object() const noexcept { return object_; }
    void set_config(const CustomConfig& config);
    /// What it is made of; none before it is built.
    std::vector<std::shared_ptr<LayerBase>> parts() const;

private:
    std::shared_ptr<FunctionalModel> make_inner(std::span<const Shape> inputs) const;

    std::string class_name_;
    CustomObject object_;
    CustomConfig config_;
    mutable std::shared_ptr<FunctionalModel> inner_;  // made when its output's shape is first asked for
};

/// While one lives, configs read on this thread may name these classes.
class CustomObjectScope {
public:
    explicit CustomObjectScope(const CustomObjects& objects);
    ~CustomObjectScope();
    CustomObjectScope(const CustomObjectScope&) = delete;
    CustomObjectScope& operator=(const CustomObjectScope&) = delete;

    /// A layer of the class as the innermost scope that has it makes it, or null.
    static std::shared_ptr<LayerBase> make(const std::string& class_name);

private:
    const CustomObjects* objects_;
    const CustomObjectScope* outer_;
};

}  // namespace markhor
