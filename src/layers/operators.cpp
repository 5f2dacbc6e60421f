#include "layers/operators.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <markhor/error.hpp>
#include <markhor/layers/operators.hpp>

#include "layers/activations.hpp"
#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"

namespace markhor {
namespace layers {

using ops::BinaryKind;
using ops::UnaryKind;

namespace {

constexpr const char* numpy = "keras.src.ops.numpy";
constexpr const char* nn = "keras.src.ops.nn";
constexpr const char* activations = "keras.src.activations.activations";
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

/// Of two arguments, `binary`; of one, a function of single elements or one of keras.activations.
struct Operator::Kind {
    std::string_view class_name;
    std::string_view module;
    std::optional<BinaryKind> binary = std::nullopt;
    std::optional<UnaryKind> unary = std::nullopt;
    const char* activation = nullptr;

    std::size_t arguments() const { return binary ? 2 : 1; }
};

const std::vector<Operator::Kind>& Operator::kinds() {
    static const std::vector<Kind> all = {
        {.class_name = "Add", .module = numpy, .binary = BinaryKind::add},
        {.class_name = "Subtract", .module = numpy, .binary = BinaryKind::subtract},
        {.class_name = "Multiply", .module = numpy, .binary = BinaryKind::multiply},
        {.class_name = "Divide", .module = numpy, .binary = BinaryKind::divide},
        {.class_name = "TrueDivide", .module = numpy, .binary = BinaryKind::divide},
        {.class_name = "Maximum", .module = numpy, .binary = BinaryKind::maximum},
        {.class_name = "Minimum", .module = numpy, .binary = BinaryKind::minimum},
        {.class_name = "Negative", .module = numpy, .unary = UnaryKind::negate},
        {.class_name = "Absolute", .module = numpy, .unary = UnaryKind::absolute},
        {.class_name = "Square", .module = numpy, .unary = UnaryKind::square},
        {.class_name = "Sqrt", .module = numpy, .unary = UnaryKind::sqrt},
        {.class_name = "Exp", .module = numpy, .unary = UnaryKind::exponential},
        {.class_name = "Log", .module = numpy, .unary = UnaryKind::log},
        {.class_name = "Tanh", .module = numpy, .activation = "tanh"},
        {.class_name = "Relu", .module = nn, .activation = "relu"},
        {.class_name = "Relu6", .module = nn, .activation = "relu6"},
        {.class_name = "Sigmoid", .module = nn, .activation = "sigmoid"},
        {.class_name = "HardSigmoid", .module = nn, .activation = "hard_sigmoid"},
        {.class_name = "LogSigmoid", .module = nn, .activation = "log_sigmoid"},
        {.class_name = "Silu", .module = nn, .activation = "silu"},
        {.class_name = "HardSilu", .module = nn, .activation = "hard_silu"},
        {.class_name = "Selu", .module = nn, .activation = "selu"},
        {.class_name = "Softplus", .module = nn, .activation = "softplus"},
        {.class_name = "Softsign", .module = nn, .activation = "softsign"},
        {.class_name = "Softmax", .module = nn, .activation = "softmax"},
        {.class_name = "Gelu", .module = nn, .unary = UnaryKind::gelu},
        {.class_name = "LeakyRelu", .module = nn, .unary = UnaryKind::relu},
        {.class_name = "ReLU", .module = activations, .unary = UnaryKind::relu},
    };
    return all;
}

const Operator::Kind* Operator::find(std::string_view class_name) {
    const auto found = std::ranges::find(kinds(), class_name, &Kind::class_name);
    return found == kinds().end() ? nullptr : &*found;
}

bool Operator::is_known(std::string_view class_name, std::string_view module) {
    const Kind* kind = find(class_name);
    return kind && (module.empty() || kind->module == module);
}

const char* Operator::activation_of(std::string_view class_name) {
    const Kind* kind = find(class_name);
    return kind ? kind->activation : nullptr;
}

Operator::Operator(std::string class_name, std::vector<Argument> arguments)
    : class_name_(std::move(class_name)), kind_(find(class_name_)), arguments_(std::move(arguments)) {
    if (!kind_) throw ValueError("there is no operation " + class_name_);
    if (class_name_ == "LeakyRelu") negative_slope_ = 0.2;
}

std::size_t Operator::tensors() const {
    const auto is_tensor = [](const Argument& argument) { return !argument.has_value(); };
    return static_cast<std::size_t>(std::ranges::count_if(arguments_, is_tensor));
}

std::string_view Operator::module() const noexcept { return kind_->module; }

void Operator::describe(FieldVisitor& visitor) {
    if (class_name_ == "ReLU") {
        visitor.field("negative_slope", negative_slope_);
        visitor.field("max_value", max_value_);
        visitor.field("threshold", threshold_);
    }
    if (class_name_ == "LeakyRelu") visitor.field("negative_slope", negative_slope_);
    if (class_name_ == "Gelu") visitor.field("approximate", approximate_);
    if (class_name_ == "Softmax") visitor.field("axis", axis_);
}

void Operator::check() const {
    const std::size_t numbers = arguments_.size() - tensors();
    if (arguments_.size() != kind_->arguments() || numbers == arguments_.size()) {
        throw ValueError("takes " + std::string(kind_->binary ? "two tensors, or one and a number" : "one tensor") +
                         "; " + std::to_string(arguments_.size()) + " arguments came, " + std::to_string(numbers) +
                         " of them numbers");
    }
    for (const Argument& argument : arguments_) {
        if (argument && !std::isfinite(*argument)) throw ValueError("an argument is a number that is not finite");
    }
    if (kind_->binary == BinaryKind::divide && arguments_[1] == 0.0) throw ValueError("divides by 0");
    if (axis_ != -1) throw ValueError("goes along axis " + std::to_string(axis_) + "; only -1 is supported");
}

std::vector<Shape> Operator::shapes_of_two(std::span<const Shape> inputs) const {
    if (inputs.size() != 2 || inputs[0].rank() != inputs[1].rank()) throw ShapeError("takes two tensors of one rank");
    // The layer of this name repeats sizes of 1 alike, whatever it computes.
    return LayerRegistry::instance().make("Multiply")->output_shapes(inputs);
}

std::vector<Shape> Operator::output_shapes(std::span<const Shape> inputs) const {
    return tensors() == 2 ? shapes_of_two(inputs) : std::vector<Shape>{only(inputs)};
}

graph::Value Operator::with_number(graph::Graph& graph, graph::Value x) const {
    const bool is_first = arguments_[0].has_value();
    const double number = is_first ? *arguments_[0] : *arguments_[1];
    const auto scaled = [&](graph::Value of, double scale, double offset) {
        return ops::unary(graph, UnaryKind::scale, of, scale, offset);
    };
    switch (*kind_->binary) {
        case BinaryKind::add: return scaled(x, 1, number);
        case BinaryKind::subtract: return is_first ? scaled(x, -1, number) : scaled(x, 1, -number);
        case BinaryKind::multiply: return scaled(x, number, 0);
        case BinaryKind::divide:
            return is_first ? scaled(ops::unary(graph, UnaryKind::reciprocal, x), number, 0) : scaled(x, 1 / number, 0);
        case BinaryKind::maximum: return ops::unary(graph, UnaryKind::clip, x, number, infinity);
        case BinaryKind::minimum: return ops::unary(graph, UnaryKind::clip, x, -infinity, number);
    }
    return x;
}

std::vector<graph::Value> Operator::call(CallContext& context, std::span<const graph::Value> inputs) const {
    graph::Graph& graph = context.graph;
    if (kind_->binary) {
        return {inputs.size() == 2 ? ops::binary(graph, *kind_->binary, inputs[0], inputs[1])
                                   : with_number(graph, inputs[0])};
    }
    if (kind_->activation) return {activate(context, kind_->activation, inputs[0])};
    if (kind_->unary == UnaryKind::gelu) return {ops::unary(graph, UnaryKind::gelu, inputs[0], approximate_ ? 1 : 0)};
    if (kind_->unary == UnaryKind::relu) {
        const double most = max_value_.value_or(infinity);
        return {ops::unary(graph, UnaryKind::relu, inputs[0], most, negative_slope_, threshold_)};
    }
    return {ops::unary(graph, *kind_->unary, inputs[0])};
}

}  // namespace layers

namespace {

using layers::Operator;

SymbolicTensor apply(const char* class_name, const std::vector<SymbolicTensor>& inputs,
                     std::vector<Operator::Argument> arguments) {
    return layers::make_layer<Operator>("", class_name, std::move(arguments))->apply(inputs).front();
}

SymbolicTensor of_two(const char* class_name, const SymbolicTensor& x, const SymbolicTensor& y) {
    return apply(class_name, {x, y}, {std::nullopt, std::nullopt});
}

}  // namespace

SymbolicTensor operator+(const SymbolicTensor& x, const SymbolicTensor& y) { return of_two("Add", x, y); }
SymbolicTensor operator+(const SymbolicTensor& x, double number) { return apply("Add", {x}, {std::nullopt, number}); }
SymbolicTensor operator+(double number, const SymbolicTensor& x) { return apply("Add", {x}, {number, std::nullopt}); }

SymbolicTensor operator-(const SymbolicTensor& x, const SymbolicTensor& y) { return of_two("Subtract", x, y); }
SymbolicTensor operator-(const SymbolicTensor& x, double number) {
    return apply("Subtract", {x}, {std::nullopt, number});
}
SymbolicTensor operator-(double number, const SymbolicTensor& x) {
    return apply("Subtract", {x}, {number, std::nullopt});
}
SymbolicTensor operator-(const SymbolicTensor& x) { return apply("Negative", {x}, {std::nullopt}); }

SymbolicTensor operator*(const SymbolicTensor& x, const SymbolicTensor& y) { return of_two("Multiply", x, y); }
SymbolicTensor operator*(const SymbolicTensor& x, double number) {
    return apply("Multiply", {x}, {std::nullopt, number});
}
SymbolicTensor operator*(double number, const SymbolicTensor& x) {
    return apply("Multiply", {x}, {number, std::nullopt});
}

SymbolicTensor operator/(const SymbolicTensor& x, const SymbolicTensor& y) { return of_two("TrueDivide", x, y); }
SymbolicTensor operator/(const SymbolicTensor& x, double number) {
    return apply("TrueDivide", {x}, {std::nullopt, number});
}
SymbolicTensor operator/(double number, const SymbolicTensor& x) {
    return apply("TrueDivide", {x}, {number, std::nullopt});
}

}  // namespace markhor
