// The rules of functions of one element and of two, broadcasting among them. Kernels, and so the formulas, are in
// engine/.
#include "ops/elementwise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/check.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::ops {
namespace {

struct UnaryText {
    std::string_view name;
    std::string_view gradient_name;
    std::string_view formula;  // different for each kind, so that attributes() tell kinds apart
};

// In UnaryKind's order.
constexpr UnaryText unary_texts[] = {
    {"relu", "relu_gradient", "max(x, 0)"},
    {"sigmoid", "sigmoid_gradient", "1/(1 + e^-x)"},
    {"tanh", "tanh_gradient", "tanh x"},
    {"softplus", "softplus_gradient", "log(1 + e^x)"},
    {"softsign", "softsign_gradient", "x/(1 + |x|)"},
    {"elu", "elu_gradient", "alpha"},
    {"selu", "selu_gradient", "1.05070098 elu(x, 1.67326324)"},
    {"gelu", "gelu_gradient", "x/2 (1 + erf(x/sqrt 2))"},
    {"silu", "silu_gradient", "x/(1 + e^-x)"},
    {"hard_sigmoid", "hard_sigmoid_gradient", "relu6(x + 3)/6"},
    {"mish", "mish_gradient", "x tanh(log(1 + e^x))"},
    {"exponential", "exponential_gradient", "e^x"},
    {"log_sigmoid", "log_sigmoid_gradient", "-log(1 + e^-x)"},
    {"log", "log_gradient", "log x"},
    {"sqrt", "sqrt_gradient", "sqrt x"},
    {"square", "square_gradient", "x^2"},
    {"absolute", "absolute_gradient", "|x|"},
    {"negate", "negate_gradient", "-x"},
    {"reciprocal", "reciprocal_gradient", "1/x"},
    {"scale", "scale_gradient", "a x + b"},
    {"clip", "clip_gradient", "clip"},
    {"celu", "celu_gradient", "celu"},
    {"hard_silu", "hard_silu_gradient", "x relu6(x + 3)/6"},
    {"hard_shrink", "hard_shrink_gradient", "hard_shrink"},
    {"soft_shrink", "soft_shrink_gradient", "soft_shrink"},
    {"sparse_plus", "sparse_plus_gradient", "(x + 1)^2/4 within [-1, 1]"},
    {"sparse_sigmoid", "sparse_sigmoid_gradient", "clip((x + 1)/2)"},
    {"threshold", "threshold_gradient", "threshold"},
};

const UnaryText& text_of(UnaryKind kind) { return unary_texts[static_cast<std::size_t>(kind)]; }

bool is_plain(UnaryKind kind, double a, double b, double c) {
    return kind == UnaryKind::relu && std::isinf(a) && a > 0 && b == 0 && c == 0;
}

std::string unary_attributes(UnaryKind kind, double a, double b, double c) {
    switch (kind) {
        case UnaryKind::relu:
            if (is_plain(kind, a, b, c)) break;
            return "max_value=" + text(a) + " negative_slope=" + text(b) + " threshold=" + text(c);
        case UnaryKind::elu: return "alpha=" + text(a);
        case UnaryKind::gelu:
            if (a == 0) break;
            return "tanh approximation";
        case UnaryKind::scale: return text(a) + " x + " + text(b);
        case UnaryKind::clip: return "clip to [" + text(a) + ", " + text(b) + "]";
        case UnaryKind::celu: return "celu alpha=" + text(a);
        case UnaryKind::hard_shrink: return "hard_shrink threshold=" + text(a);
        case UnaryKind::soft_shrink: return "soft_shrink threshold=" + text(a);
        case UnaryKind::threshold: return "x above " + text(a) + ", else " + text(b);
        default: break;
    }
    return std::string(text_of(kind).formula);
}

std::string_view symbol(BinaryKind kind) {
    switch (kind) {
        case BinaryKind::add: return "x + y";
        case BinaryKind::subtract: return "x - y";
        case BinaryKind::multiply: return "x y";
        case BinaryKind::divide: return "x/y";
        case BinaryKind::maximum: return "max(x, y)";
        case BinaryKind::minimum: return "min(x, y)";
    }
    return "";
}

}  // namespace

std::string_view Unary::name() const { return text_of(kind).name; }
std::string Unary::attributes() const { return unary_attributes(kind, a, b, c); }

std::vector<TensorSpec> Unary::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    check_floating(inputs);
    return {inputs[0]};
}

std::vector<Value> Unary::gradient(const GradientContext& context) const {
    const auto op = std::make_shared<UnaryGradient>(kind, a, b, c);
    const Value reference = op->uses_output() ? context.outputs[0] : context.inputs[0];
    return {context.builder.add1(op, {context.upstream[0], reference})};
}

// One operation an element, however costly: a count, not a time.
Cost Unary::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

bool Unary::is_plain_relu() const { return is_plain(kind, a, b, c); }

std::string_view UnaryGradient::name() const { return text_of(kind).gradient_name; }
std::string UnaryGradient::attributes() const { return unary_attributes(kind, a, b, c); }

std::vector<TensorSpec> UnaryGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2,
                uses_output() ? "an upstream gradient and the output" : "an upstream gradient and the input");
    check_floating(inputs);
    check_shape(inputs[1], inputs[0].shape, uses_output() ? "the output" : "the input");
    return {inputs[0]};
}

// The derivative and its product with the upstream gradient.
Cost UnaryGradient::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 2 * elements(inputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

bool UnaryGradient::uses_output() const {
    return is_plain(kind, a, b, c) || kind == UnaryKind::sigmoid || kind == UnaryKind::tanh ||
           kind == UnaryKind::exponential || kind == UnaryKind::sqrt;
}

std::string_view Binary::name() const {
    switch (kind) {
        case BinaryKind::add: return "add";
        case BinaryKind::subtract: return "subtract";
        case BinaryKind::multiply: return "multiply";
        case BinaryKind::divide: return "divide";
        case BinaryKind::maximum: return "maximum";
        case BinaryKind::minimum: return "minimum";
    }
    return "binary";
}

std::string Binary::attributes() const { return std::string(symbol(kind)); }

std::vector<TensorSpec> Binary::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "two inputs");
    check_floating(inputs);
    return {{inputs[0].dtype, broadcast(inputs[0].shape, inputs[1].shape)}};
}

std::vector<Value> Binary::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const Value dz = context.upstream[0];
    const Value x = context.inputs[0];
    const Value y = context.inputs[1];
    const auto make = [&](int input) -> Value {
        switch (kind) {
            case BinaryKind::add: return dz;
            case BinaryKind::subtract: return input == 0 ? dz : unary(builder, UnaryKind::negate, dz);
            case BinaryKind::multiply: return multiply(builder, dz, input == 0 ? y : x);
            case BinaryKind::divide: {  // d(x/y)/dy = -(x/y)/y
                const Value over_y = divide(builder, dz, y);
                if (input == 0) return over_y;
                return unary(builder, UnaryKind::negate, multiply(builder, over_y, context.outputs[0]));
            }
            case BinaryKind::maximum:
            case BinaryKind::minimum: return builder.add1(std::make_shared<ExtremumGradient>(kind, input), {dz, x, y});
        }
        return {};
    };
    std::vector<Value> gradients(2);
    for (const int input : {0, 1}) {
        const auto i = static_cast<std::size_t>(input);
        if (!context.wanted[i]) continue;
        const Shape shape = builder.spec(context.inputs[i]).shape;  // a copy: adding nodes moves the graph's own
        gradients[i] = sum_to(builder, make(input), shape);
    }
    return gradients;
}

Cost Binary::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = elements(outputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::string ExtremumGradient::attributes() const {
    return std::string(symbol(kind)) + " to " + (input == 0 ? "x" : "y");
}

std::vector<TensorSpec> ExtremumGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 3, "an upstream gradient and two inputs");
    check_floating(inputs);
    check_shape(inputs[0], broadcast(inputs[1].shape, inputs[2].shape), "the upstream gradient");
    return {inputs[0]};
}

Value unary(Builder& builder, UnaryKind kind, Value x, double a, double b, double c) {
    return builder.add1(std::make_shared<Unary>(kind, a, b, c), {x});
}

Value relu(Builder& builder, Value x) {
    return unary(builder, UnaryKind::relu, x, std::numeric_limits<double>::infinity());
}

Value relu_gradient(Builder& builder, Value dy, Value y) {
    constexpr double no_maximum = std::numeric_limits<double>::infinity();
    return builder.add1(std::make_shared<UnaryGradient>(UnaryKind::relu, no_maximum), {dy, y});
}

Value binary(Builder& builder, BinaryKind kind, Value x, Value y) {
    return builder.add1(std::make_shared<Binary>(kind), {x, y});
}

Value sum_to(Builder& builder, Value x, const Shape& shape) {
    const Shape from = builder.spec(x).shape;
    if (from == shape) return x;
    if (broadcast(from, shape) != from) {
        throw ShapeError("a tensor of shape " + from.str() + " is not broadcast from " + shape.str());
    }
    const std::size_t added = from.rank() - shape.rank();
    std::vector<int> axes;
    for (std::size_t axis = 0; axis < from.rank(); ++axis) {
        if (axis < added || shape[axis - added] != from[axis]) axes.push_back(static_cast<int>(axis));
    }
    const Value sum = reduce(builder, Reduction::sum, x, axes);
    return builder.spec(sum).shape == shape ? sum : reshape(builder, sum, shape);
}

Shape broadcast(const Shape& a, const Shape& b) {
    const std::size_t rank = std::max(a.rank(), b.rank());
    const auto size = [rank](const Shape& shape, std::size_t axis) {
        const std::size_t added = rank - shape.rank();
        return axis < added ? 1 : shape[axis - added];
    };
    Shape result;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const std::int64_t x = size(a, axis);
        const std::int64_t y = size(b, axis);
        if (x != y && x != 1 && y != 1) {
            throw ShapeError("shapes " + a.str() + " and " + b.str() + " do not broadcast: sizes " + std::to_string(x) +
                             " and " + std::to_string(y) + " meet on axis " + std::to_string(axis));
        }
        result.push_back(x == 1 ? y : x);
    }
    return result;
}

}  // namespace markhor::ops
