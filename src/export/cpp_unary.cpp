// Functions of one element as C++ expressions of a float v.
#include <cmath>
#include <numbers>

#include "export/cpp_program.hpp"
#include "ops/elementwise.hpp"

namespace markhor::exporting {
namespace {

using ops::Unary;
using ops::UnaryKind;

std::string number(double value) { return cpp_number(static_cast<float>(value)); }

// max_value a, negative_slope b, threshold c. A NaN stays one, but where Keras asks what is above the threshold.
std::string relu(const Unary& op) {
    if (op.is_plain_relu()) return "v < 0 ? 0.0F : v";
    const std::string below = op.b == 0 ? "0.0F" : number(op.b) + " * (v - " + number(op.c) + ")";
    const std::string above = std::isinf(op.a) ? "v" : "(v >= " + number(op.a) + " ? " + number(op.a) + " : v)";
    if (op.b == 0 && op.c != 0) return "v > " + number(op.c) + " ? " + above + " : " + below;
    return "v <= " + number(op.c) + " ? " + below + " : " + above;
}

}  // namespace

std::string cpp_unary(const Unary& op) {
    const std::string a = number(op.a), b = number(op.b);
    std::string softplus_of_v = "(std::max(v, 0.0F) + std::log1p(std::exp(-std::abs(v))))";
    switch (op.kind) {
        case UnaryKind::relu: return relu(op);
        case UnaryKind::sigmoid: return "1 / (1 + std::exp(-v))";
        case UnaryKind::tanh: return "std::tanh(v)";
        case UnaryKind::softplus: return softplus_of_v;
        case UnaryKind::softsign: return "v / (1 + std::abs(v))";
        case UnaryKind::elu: return "v > 0 ? v : " + a + " * std::expm1(v)";
        case UnaryKind::selu: return "1.05070098F * (v > 0 ? v : 1.67326324F * std::expm1(v))";
        case UnaryKind::gelu:
            if (op.a == 1) return "0.5F * v * (1 + std::tanh(0.797884561F * (v + 0.044715F * v * v * v)))";
            return "0.5F * v * (1 + std::erf(v * " + number(1 / std::numbers::sqrt2) + "))";
        case UnaryKind::silu: return "v / (1 + std::exp(-v))";
        case UnaryKind::hard_sigmoid: return "std::min(std::max(v + 3, 0.0F), 6.0F) / 6";
        case UnaryKind::mish: return "v * std::tanh(" + softplus_of_v + ")";
        case UnaryKind::exponential: return "std::exp(v)";
        case UnaryKind::log_sigmoid: return "std::min(v, 0.0F) - std::log1p(std::exp(-std::abs(v)))";
        case UnaryKind::log: return "std::log(v)";
        case UnaryKind::sqrt: return "std::sqrt(v)";
        case UnaryKind::square: return "v * v";
        case UnaryKind::absolute: return "std::abs(v)";
        case UnaryKind::negate: return "-v";
        case UnaryKind::reciprocal: return "1 / v";
        case UnaryKind::scale: return a + " * v + " + b;
        case UnaryKind::clip: return "std::min(std::max(v, " + a + "), " + b + ")";
        case UnaryKind::celu: return "std::max(v, 0.0F) + std::min(" + a + " * std::expm1(v / " + a + "), 0.0F)";
        case UnaryKind::hard_silu: return "v * (std::min(std::max(v + 3, 0.0F), 6.0F) / 6)";
        case UnaryKind::hard_shrink: return "std::abs(v) > " + a + " ? v : 0.0F";
        case UnaryKind::soft_shrink: return "v > " + a + " ? v - " + a + " : (v < -" + a + " ? v + " + a + " : 0.0F)";
        case UnaryKind::sparse_plus: return "v <= -1 ? 0.0F : (v < 1 ? 0.25F * (v + 1) * (v + 1) : v)";
        case UnaryKind::sparse_sigmoid: return "std::min(std::max(0.5F * (v + 1), 0.0F), 1.0F)";
        case UnaryKind::threshold: return "v > " + a + " ? v : " + b;
    }
    return {};
}

}  // namespace markhor::exporting
