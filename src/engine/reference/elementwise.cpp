// Functions of one element and of two, computed in double. The formulas are those of keras.activations, in forms that
// do not overflow.
#include "ops/elementwise.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;

// Klambauer et al., "Self-normalizing neural networks", 2017.
constexpr double selu_scale = 1.0507009873554805;
constexpr double selu_alpha = 1.6732632423543772;
// Keras takes the slope from y, and e^x - 1 is 0 in float32 down to here.
constexpr double selu_zero = -0x1p-25;
// The approximation of gelu by Hendrycks & Gimpel, 2016: x/2 (1 + tanh(root (x + cubic x^3))).
constexpr double gelu_root = 0.7978845608028654;  // sqrt(2 / pi)
constexpr double gelu_cubic = 0.044715;

double sigmoid(double x) {
    if (x >= 0) return 1 / (1 + std::exp(-x));
    const double e = std::exp(x);
    return e / (1 + e);
}

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double normal_cdf(double x) { return 0.5 * (1 + std::erf(x / std::numbers::sqrt2)); }

double function(UnaryKind kind, double a, double b, double c, double x) {
    switch (kind) {
        case UnaryKind::relu:
            if (x > c) return x >= a ? a : x;
            if (std::isnan(x)) return b == 0 && c != 0 ? 0 : x;  // Keras multiplies by x > threshold there
            return b == 0 ? 0 : b * (x - c);
        case UnaryKind::sigmoid: return sigmoid(x);
        case UnaryKind::tanh: return std::tanh(x);
        case UnaryKind::softplus: return softplus(x);
        case UnaryKind::softsign: return x / (1 + std::abs(x));
        case UnaryKind::elu: return x > 0 ? x : a * std::expm1(x);
        case UnaryKind::selu: return selu_scale * (x > 0 ? x : selu_alpha * std::expm1(x));
        case UnaryKind::gelu:
            if (a == 0) return x * normal_cdf(x);
            return 0.5 * x * (1 + std::tanh(gelu_root * (x + gelu_cubic * x * x * x)));
        case UnaryKind::silu: return x * sigmoid(x);
        case UnaryKind::hard_sigmoid: return std::clamp(x + 3, 0.0, 6.0) / 6;
        case UnaryKind::mish: return x * std::tanh(softplus(x));
        case UnaryKind::exponential: return std::exp(x);
        case UnaryKind::log_sigmoid: return -softplus(-x);
        case UnaryKind::log: return std::log(x);
        case UnaryKind::sqrt: return std::sqrt(x);
        case UnaryKind::square: return x * x;
        case UnaryKind::absolute: return std::abs(x);
        case UnaryKind::negate: return -x;
        case UnaryKind::reciprocal: return 1 / x;
        case UnaryKind::scale: return a * x + b;
        case UnaryKind::clip: return std::min(std::max(x, a), b);
        case UnaryKind::celu: return x > 0 ? x : a * std::expm1(x / a);
        case UnaryKind::hard_silu: return x * (std::clamp(x + 3, 0.0, 6.0) / 6);
        case UnaryKind::hard_shrink: return std::abs(x) > a ? x : 0;
        case UnaryKind::soft_shrink: return std::abs(x) > a ? x - std::copysign(a, x) : 0;
        case UnaryKind::sparse_plus: return x <= -1 ? 0 : x < 1 ? 0.25 * (x + 1) * (x + 1) : x;
        case UnaryKind::sparse_sigmoid: return std::clamp(0.5 * (x + 1), 0.0, 1.0);
        case UnaryKind::threshold: return x > a ? x : b;
    }
    return x;
}

// The derivative, from y for the kinds of UnaryGradient::uses_output() and from x for the others; at NaN and infinities
// what TensorFlow's gradients of Keras's formulas come to.
double derivative(UnaryKind kind, double a, double b, double c, double r) {
    switch (kind) {
        case UnaryKind::relu:  // of a plain one r is y: y > 0 exactly where x > 0
            if (r > c) return r >= a && std::isfinite(a) ? 0 : 1;
            return r <= c || (std::isinf(a) && c == 0) ? b : 0;
        case UnaryKind::sigmoid: return r * (1 - r);
        case UnaryKind::tanh: return 1 - r * r;
        case UnaryKind::softplus: return sigmoid(r);
        case UnaryKind::softsign: return 1 / ((1 + std::abs(r)) * (1 + std::abs(r)));
        case UnaryKind::elu: return r > 0 ? 1 : r < 0 ? a * std::exp(r) : a;
        case UnaryKind::selu: return r <= selu_zero ? selu_scale * selu_alpha * std::exp(r) : selu_scale;
        case UnaryKind::gelu: {
            if (a == 0) {
                const double density = std::exp(-0.5 * r * r) / std::sqrt(2 * std::numbers::pi);
                return normal_cdf(r) + r * density;
            }
            const double t = std::tanh(gelu_root * (r + gelu_cubic * r * r * r));
            return 0.5 * (1 + t) + 0.5 * r * (1 - t * t) * gelu_root * (1 + 3 * gelu_cubic * r * r);
        }
        case UnaryKind::silu: return sigmoid(r) * (1 + r * (1 - sigmoid(r)));
        case UnaryKind::hard_sigmoid: return r > -3 && r < 3 ? 1.0 / 6 : 0;
        case UnaryKind::mish: {
            const double t = std::tanh(softplus(r));
            return t + r * (1 - t * t) * sigmoid(r);
        }
        case UnaryKind::exponential: return r;
        case UnaryKind::log_sigmoid: return sigmoid(-r);
        case UnaryKind::log: return 1 / r;
        case UnaryKind::sqrt: return 0.5 / r;
        case UnaryKind::square: return 2 * r;
        case UnaryKind::absolute: return r > 0 ? 1 : r < 0 ? -1 : 0;
        case UnaryKind::negate: return -1;
        case UnaryKind::reciprocal: return -1 / (r * r);
        case UnaryKind::scale: return a;
        case UnaryKind::clip: return r >= a && r <= b ? 1 : 0;
        case UnaryKind::celu: return r > 0 ? 1 : r == 0 ? 2 : r < 0 ? std::exp(r / a) : 0;  // at 0 both terms count
        case UnaryKind::hard_silu: return std::clamp(r + 3, 0.0, 6.0) / 6 + r * (std::abs(r) < 3 ? 1.0 / 6 : 0);
        case UnaryKind::hard_shrink:
        case UnaryKind::soft_shrink: return std::abs(r) > a ? 1 : 0;
        case UnaryKind::sparse_plus: return (r <= -1 ? 0 : r < 1 ? 0.5 * (r + 1) : 1) + 0 * r;
        case UnaryKind::sparse_sigmoid: return std::abs(r) >= 1 ? 0 : 0.5;
        case UnaryKind::threshold: return r > a ? 1 : 0;
    }
    return 1;
}

double function(BinaryKind kind, double x, double y) {
    switch (kind) {
        case BinaryKind::add: return x + y;
        case BinaryKind::subtract: return x - y;
        case BinaryKind::multiply: return x * y;
        case BinaryKind::divide: return x / y;
        case BinaryKind::maximum: return std::isnan(y) ? y : std::max(x, y);
        case BinaryKind::minimum: return std::isnan(y) ? y : std::min(x, y);
    }
    return 0;
}

// The share of the upstream gradient that goes to x: all where it is the extremum, be it together with y.
double share_of_x(BinaryKind kind, double x, double y) {
    return (kind == BinaryKind::maximum ? x >= y : x <= y) ? 1 : 0;
}

KernelPtr make_unary(const ops::Unary& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    return floating_kernel(inputs[0].dtype, [count, kind = op.kind, a = op.a, b = op.b,
                                             c = op.c]<class T>(const KernelArguments& arguments) {
        const T* const x = arguments.in<T>(0);
        T* const y = arguments.out<T>(0);
        for (std::int64_t i = 0; i < count; ++i) {
            y[i] = static_cast<T>(function(kind, a, b, c, static_cast<double>(x[i])));
        }
    });
}

KernelPtr make_unary_gradient(const ops::UnaryGradient& op, Specs inputs, Specs) {
    const std::int64_t count = inputs[0].shape.elements();
    return floating_kernel(inputs[0].dtype, [count, kind = op.kind, a = op.a, b = op.b,
                                             c = op.c]<class T>(const KernelArguments& arguments) {
        const T* const dy = arguments.in<T>(0);
        const T* const r = arguments.in<T>(1);
        T* const dx = arguments.out<T>(0);
        for (std::int64_t i = 0; i < count; ++i) {
            const double slope = derivative(kind, a, b, c, static_cast<double>(r[i]));
            dx[i] = static_cast<T>(static_cast<double>(dy[i]) * slope);
        }
    });
}

KernelPtr make_binary(const ops::Binary& op, Specs inputs, Specs outputs) {
    const Walk x_places = broadcast_walk(inputs[0].shape, outputs[0].shape);
    const Walk y_places = broadcast_walk(inputs[1].shape, outputs[0].shape);
    return floating_kernel(inputs[0].dtype, [=, kind = op.kind]<class T>(const KernelArguments& arguments) {
        const T* const x = arguments.in<T>(0);
        const T* const y = arguments.in<T>(1);
        T* const z = arguments.out<T>(0);
        for (std::int64_t i = 0; i < x_places.count(); ++i) {
            const auto left = static_cast<double>(x[x_places[i]]);
            const auto right = static_cast<double>(y[y_places[i]]);
            z[i] = static_cast<T>(function(kind, left, right));
        }
    });
}

KernelPtr make_extremum_gradient(const ops::ExtremumGradient& op, Specs inputs, Specs outputs) {
    const Walk x_places = broadcast_walk(inputs[1].shape, outputs[0].shape);
    const Walk y_places = broadcast_walk(inputs[2].shape, outputs[0].shape);
    return floating_kernel(
        inputs[0].dtype, [=, kind = op.kind, input = op.input]<class T>(const KernelArguments& arguments) {
            const T* const dz = arguments.in<T>(0);
            const T* const x = arguments.in<T>(1);
            const T* const y = arguments.in<T>(2);
            for (std::int64_t i = 0; i < x_places.count(); ++i) {
                const auto left = static_cast<double>(x[x_places[i]]);
                const auto right = static_cast<double>(y[y_places[i]]);
                const double share = share_of_x(kind, left, right);
                arguments.out<T>(0)[i] = static_cast<T>(static_cast<double>(dz[i]) * (input == 0 ? share : 1 - share));
            }
        });
}

}  // namespace

double apply(ops::Epilogue epilogue, double x) {
    switch (epilogue) {
        case ops::Epilogue::none: return x;
        case ops::Epilogue::relu: return x <= 0 ? 0.0 : x;
        case ops::Epilogue::relu6: return x >= 6 ? 6.0 : x <= 0 ? 0.0 : x;
        case ops::Epilogue::silu: return function(UnaryKind::silu, 0, 0, 0, x);
        case ops::Epilogue::hard_silu: return function(UnaryKind::hard_silu, 0, 0, 0, x);
        case ops::Epilogue::sigmoid: return sigmoid(x);
    }
    return x;
}

void add_elementwise(graph::KernelTable& table) {
    table.add<ops::Unary>(make_unary);
    table.add<ops::UnaryGradient>(make_unary_gradient);
    table.add<ops::Binary>(make_binary);
    table.add<ops::ExtremumGradient>(make_extremum_gradient);
}

}  // namespace markhor::engine::plain
