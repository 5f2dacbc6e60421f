// InputLayer: where the data of a model comes in. Made by markhor::Input().
#pragma once

#include <string>
#include <vector>

#include "layers/layer_base.hpp"

namespace markhor::layers {

class InputLayer final : public LayerBase {
public:
    InputLayer() = default;
    InputLayer(const Shape& batch_shape, DType dtype) : batch_shape_(batch_shape.dims()), dtype_(name_of(dtype)) {}

    std::string_view class_name() const override { return "InputLayer"; }
    void describe(FieldVisitor& visitor) override;
    void check() const override;
    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
    /// Half-precision inputs are fed as float32.
    DType output_dtype() const override;
    /// A model feeds an input from outside: throws Error.
    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override;

    /// With the batch axis.
    Shape batch_shape() const { return Shape(batch_shape_.values()); }

private:
    Ints batch_shape_;
    std::string dtype_ = "float32";
};

}  // namespace markhor::layers
