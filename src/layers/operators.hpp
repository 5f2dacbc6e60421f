// Arithmetic on symbolic tensors as Keras records it: an operation, which stands among a model's layers in its summary
// and its config but is not one of them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "layers/layer_base.hpp"

namespace markhor::layers {

/// x + y or x y, of two tensors of one rank (sizes of 1 are repeated), or of a tensor and a number.
class Operator final : public LayerBase {
public:
    /// "Add" or "Multiply", Keras's names of the operations. Without a number, of two tensors.
    explicit Operator(const std::string& class_name, std::optional<double> number = std::nullopt);

    std::string_view class_name() const override { return class_name_; }
    const std::optional<double>& number() const noexcept { return number_; }
    void describe(FieldVisitor& /*visitor*/) override {}
    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override;

    /// Whether Operator can be made of this name.
    static bool is_known(const std::string& class_name);

private:
    std::string class_name_;
    std::optional<double> number_;
    std::shared_ptr<const LayerBase> merge_;  // the layer that does the same with two tensors
};

}  // namespace markhor::layers
