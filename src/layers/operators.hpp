// Arithmetic on symbolic tensors as Keras records it: an operation, which stands among a model's layers in its summary
// and its config but is not one of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/layer_base.hpp"

namespace markhor::layers {

/// x + y, 1 - x, keras.ops.sigmoid(x), …: of two arguments, tensors of one rank (sizes of 1 are repeated) or one tensor
/// and a number, or of one tensor.
class Operator final : public LayerBase {
public:
    /// One argument of the call: a number, or nothing where a tensor goes.
    using Argument = std::optional<double>;

    /// By the name of Keras's class: "Add", "TrueDivide", "Sigmoid". Throws ValueError for an unknown one and for
    /// arguments that it does not take.
    Operator(std::string class_name, std::vector<Argument> arguments);

    std::string_view class_name() const override { return class_name_; }
    /// Where Keras defines the class: "keras.src.ops.numpy".
    std::string_view module() const noexcept;
    const std::vector<Argument>& arguments() const noexcept { return arguments_; }
    void describe(FieldVisitor& visitor) override;
    void check() const override;
    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override;

    /// Whether there is an operation of this name in this module; an empty module stands for any.
    static bool is_known(std::string_view class_name, std::string_view module = {});
    /// The name among keras.activations of an operation that is one of them; null for others.
    static const char* activation_of(std::string_view class_name);

private:
    struct Kind;
    static const std::vector<Kind>& kinds();
    static const Kind* find(std::string_view class_name);
    std::size_t tensors() const;
    std::vector<Shape> shapes_of_two(std::span<const Shape> inputs) const;
    graph::Value with_number(graph::Graph& graph, graph::Value x) const;

    std::string class_name_;
    const Kind* kind_;
    std::vector<Argument> arguments_;
    // Arguments of a ReLU, LeakyRelu, Gelu and Softmax, which stand in their configs.
    std::optional<double> max_value_;
    double negative_slope_ = 0;
    double threshold_ = 0;
    bool approximate_ = true;
    std::int64_t axis_ = -1;
};

}  // namespace markhor::layers
