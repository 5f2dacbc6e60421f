#include "layers/operators.hpp"

#include <markhor/error.hpp>
#include <markhor/layers/operators.hpp>

#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"

namespace markhor {
namespace layers {

Operator::Operator(const std::string& class_name, std::optional<double> number)
    : class_name_(class_name), number_(number), merge_(LayerRegistry::instance().make(class_name)) {}

bool Operator::is_known(const std::string& class_name) { return class_name == "Add" || class_name == "Multiply"; }

std::vector<Shape> Operator::output_shapes(std::span<const Shape> inputs) const {
    if (number_) return {only(inputs)};
    if (inputs.size() != 2 || inputs[0].rank() != inputs[1].rank()) throw ShapeError("takes two tensors of one rank");
    return merge_->output_shapes(inputs);
}

std::vector<graph::Value> Operator::call(CallContext& context, std::span<const graph::Value> inputs) const {
    if (!number_) return merge_->call(context, inputs);
    const bool is_sum = class_name_ == "Add";
    const auto scale =
        std::make_shared<ops::Unary>(ops::UnaryKind::scale, is_sum ? 1.0 : *number_, is_sum ? *number_ : 0.0);
    return {context.graph.add1(scale, {inputs[0]})};
}

}  // namespace layers

namespace {

SymbolicTensor apply(const char* class_name, const std::vector<SymbolicTensor>& inputs,
                     std::optional<double> number = {}) {
    return layers::make_layer<layers::Operator>("", class_name, number)->apply(inputs).front();
}

}  // namespace

SymbolicTensor operator+(const SymbolicTensor& x, const SymbolicTensor& y) { return apply("Add", {x, y}); }
SymbolicTensor operator+(const SymbolicTensor& x, double number) { return apply("Add", {x}, number); }
SymbolicTensor operator*(const SymbolicTensor& x, const SymbolicTensor& y) { return apply("Multiply", {x, y}); }
SymbolicTensor operator*(const SymbolicTensor& x, double number) { return apply("Multiply", {x}, number); }

}  // namespace markhor
