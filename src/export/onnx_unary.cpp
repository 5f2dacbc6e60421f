// Functions of one element in ONNX: an operator of its own where there is one, else its formula.
#include <cmath>
#include <limits>
#include <numbers>

#include "export/onnx_converter.hpp"
#include "ops/elementwise.hpp"

namespace markhor::exporting {
namespace {

using ops::Unary;
using ops::UnaryKind;

/// Writes f(x) piece by piece.
class Formula {
public:
    Formula(OnnxConverter& converter, DType dtype) : converter_(converter), dtype_(dtype) {}

    std::string of(const std::string& type, const std::string& x, const std::vector<OnnxAttribute>& attributes = {}) {
        return converter_.emit(type, {x}, attributes);
    }
    std::string of(const std::string& type, const std::string& x, const std::string& y) {
        return converter_.emit(type, {x, y});
    }
    std::string of(const std::string& type, const std::string& x, double y) { return of(type, x, number(y)); }
    std::string clip(const std::string& x, double least, double most) {
        const bool bounded = most < std::numeric_limits<double>::infinity();
        return converter_.emit("Clip",
                               bounded ? std::vector{x, number(least), number(most)} : std::vector{x, number(least)});
    }
    std::string choose(const std::string& condition, const std::string& yes, const std::string& no) {
        return converter_.emit("Where", {condition, yes, no});
    }
    std::string number(double value) { return converter_.scalar(value, dtype_); }

private:
    OnnxConverter& converter_;
    DType dtype_;
};

OnnxAttribute attribute(const char* name, double value) { return {name, static_cast<float>(value)}; }

// max_value a, negative_slope b, threshold c.
std::string relu(Formula& f, const Unary& op, const std::string& x) {
    if (op.is_plain_relu()) return f.of("Relu", x);
    if (op.b == 0 && op.c == 0) return f.clip(x, 0, op.a);
    const bool bounded = op.a < std::numeric_limits<double>::infinity();
    if (op.c == 0 && !bounded) return f.of("LeakyRelu", x, {attribute("alpha", op.b)});
    const std::string above = bounded ? f.of("Min", x, op.a) : x;
    const std::string below = f.of("Mul", f.of("Sub", x, op.c), op.b);
    return f.choose(f.of("Greater", x, op.c), above, below);
}

std::string gelu(Formula& f, const Unary& op, const std::string& x) {
    std::string inner;
    if (op.a == 1) {  // tanh approximation
        const std::string cube = f.of("Mul", f.of("Mul", x, x), x);
        inner = f.of("Tanh", f.of("Mul", f.of("Add", x, f.of("Mul", cube, 0.044715)), std::sqrt(2 / std::numbers::pi)));
    } else {
        inner = f.of("Erf", f.of("Mul", x, 1 / std::numbers::sqrt2));
    }
    return f.of("Mul", f.of("Mul", x, 0.5), f.of("Add", inner, 1.0));
}

std::string apply(Formula& f, const Unary& op, const std::string& x) {
    switch (op.kind) {
        case UnaryKind::relu: return relu(f, op, x);
        case UnaryKind::sigmoid: return f.of("Sigmoid", x);
        case UnaryKind::tanh: return f.of("Tanh", x);
        case UnaryKind::softplus: return f.of("Softplus", x);
        case UnaryKind::softsign: return f.of("Softsign", x);
        case UnaryKind::elu: return f.of("Elu", x, {attribute("alpha", op.a)});
        case UnaryKind::selu: return f.of("Selu", x);
        case UnaryKind::gelu: return gelu(f, op, x);
        case UnaryKind::silu: return f.of("Mul", x, f.of("Sigmoid", x));
        case UnaryKind::hard_sigmoid:
            return f.of("HardSigmoid", x, {attribute("alpha", 1.0 / 6), attribute("beta", 0.5)});
        case UnaryKind::mish: return f.of("Mul", x, f.of("Tanh", f.of("Softplus", x)));
        case UnaryKind::exponential: return f.of("Exp", x);
        case UnaryKind::log_sigmoid: return f.of("Neg", f.of("Softplus", f.of("Neg", x)));
        case UnaryKind::log: return f.of("Log", x);
        case UnaryKind::sqrt: return f.of("Sqrt", x);
        case UnaryKind::square: return f.of("Mul", x, x);
        case UnaryKind::absolute: return f.of("Abs", x);
        case UnaryKind::negate: return f.of("Neg", x);
        case UnaryKind::reciprocal: return f.of("Reciprocal", x);
        case UnaryKind::scale: {
            const std::string scaled = op.a == 1 ? x : f.of("Mul", x, op.a);
            return op.b == 0 && op.a != 1 ? scaled : f.of("Add", scaled, op.b);
        }
        case UnaryKind::clip: return f.clip(x, op.a, op.b);
        case UnaryKind::celu: return f.of("Celu", x, {attribute("alpha", op.a)});
        case UnaryKind::hard_silu: return f.of("HardSwish", x);
        case UnaryKind::hard_shrink: return f.of("Shrink", x, {attribute("lambd", op.a), attribute("bias", 0)});
        case UnaryKind::soft_shrink: return f.of("Shrink", x, {attribute("lambd", op.a), attribute("bias", op.a)});
        case UnaryKind::sparse_plus: {  // (x + 1)^2 / 4 between -1 and 1, x above
            const std::string bent = f.of("Add", f.clip(x, -1, 1), 1.0);
            return f.of("Add", f.of("Mul", f.of("Mul", bent, bent), 0.25), f.of("Relu", f.of("Sub", x, 1.0)));
        }
        case UnaryKind::sparse_sigmoid: return f.clip(f.of("Mul", f.of("Add", x, 1.0), 0.5), 0, 1);
        case UnaryKind::threshold: return f.choose(f.of("Greater", x, op.a), x, f.number(op.b));
    }
    return {};
}

}  // namespace

void convert_unary(OnnxConverter& converter, const graph::Node& node, graph::Value result) {
    const graph::Value x = node.inputs[0];
    const Layout layout = converter.has(x, Layout::first) ? Layout::first : Layout::last;
    Formula formula(converter, node.outputs[0].dtype);
    converter.set(result, layout, apply(formula, op_of<Unary>(node), converter.name(x, layout)));
}

}  // namespace markhor::exporting
