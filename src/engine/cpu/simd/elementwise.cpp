// Functions of one element and of two, for each instruction set.
#include "engine/cpu/simd/elementwise.hpp"

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using ops::BinaryKind;
using ops::UnaryKind;
using V = FloatVector;

template <class F>
HWY_INLINE void map(std::int64_t n, const float* x, float* y, const F& f) {
    for_vectors(n, [&](std::int64_t i, const auto& load, const auto& store) HWY_ATTR { store(f(load(x + i)), y + i); });
}

template <class F>
HWY_INLINE void map(std::int64_t n, const float* x, const float* y, float* z, const F& f) {
    for_vectors(n, [&](std::int64_t i, const auto& load, const auto& store)
                       HWY_ATTR { store(f(load(x + i), load(y + i)), z + i); });
}

// A rational function for |x| < 4, beyond which erf is 1 in float; its error is below 1e-6.
V erf(V x) {
    const V limited = hn::Min(hn::Max(x, number(-4.0)), number(4.0));
    const V s = hn::Mul(limited, limited);
    V above = number(-2.72614225801306e-10);
    for (const double k : {2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05, -7.34990630326855e-04,
                           -2.95459980854025e-03, -1.60960333262415e-02}) {
        above = hn::MulAdd(above, s, number(k));
    }
    V below = number(-1.45660718464996e-05);
    for (const double k :
         {-2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02}) {
        below = hn::MulAdd(below, s, number(k));
    }
    return keep_nan(x, hn::Div(hn::Mul(limited, above), below));
}

V normal_cdf(V x) { return hn::Mul(number(0.5), hn::Add(number(1.0), erf(hn::Mul(x, number(0.7071067811865476))))); }

// exp(x) for |x| <= 80, where neither end of the floats is near: 2^n times a polynomial (Cephes' expf, Moshier) of what
// rounding x / ln 2 to n leaves. A large number added rounds, and holds n in its lowest bits.
V exp_inside(V x) {
    const hn::Repartition<std::int32_t, Floats> integers;
    const V rounding = number(12582912.0);
    const V shifted = hn::MulAdd(x, number(1.44269504088896341), rounding);
    const V n = hn::Sub(shifted, rounding);
    const V r = hn::NegMulAdd(n, number(-2.12194440e-4), hn::NegMulAdd(n, number(0.693359375), x));
    V sum = number(1.9875691500e-4);
    for (const double k : {1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1}) {
        sum = hn::MulAdd(sum, r, number(k));
    }
    const V one_more = hn::MulAdd(hn::Mul(r, r), sum, hn::Add(r, number(1.0)));
    const auto scale = hn::ShiftLeft<23>(hn::BitCast(integers, shifted));
    return hn::BitCast(Floats(), hn::Add(hn::BitCast(integers, one_more), scale));
}

// x / (1 + exp(-x)), the quotient by an estimate and a step of Newton's. Where the limits hold the factor is 0, as
// TensorFlow's is at -88 (and so the result NaN at -infinity), or 1.
V silu(V x) {
    const V limited = hn::Min(hn::Max(x, number(-80.0)), number(80.0));
    const V below = hn::Add(number(1.0), exp_inside(hn::Neg(limited)));
    const V estimate = hn::ApproximateReciprocal(below);
    const V factor = hn::Mul(estimate, hn::NegMulAdd(below, estimate, number(2.0)));
    return hn::Mul(x, hn::IfThenZeroElse(hn::Lt(x, number(-80.0)), factor));
}

// 0 where x is above; a NaN stays one, as it does not in a minimum.
V at_most_zero(V x) { return hn::IfThenZeroElse(hn::Gt(x, number(0.0)), x); }

// relu6(x + 3) / 6; a NaN is one only where keep_nan() or a product with x follows.
V hard_sigmoid(V x) {
    return hn::Mul(hn::Min(hn::Max(hn::Add(x, number(3.0)), number(0.0)), number(6.0)), number(1.0 / 6));
}

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr double selu_scale = 1.0507009873554805;
constexpr double selu_alpha = 1.6732632423543772;
constexpr double selu_zero = -0x1p-25;            // Keras takes the slope from y: e^x - 1 is 0 in float32 down to here
constexpr double gelu_root = 0.7978845608028654;  // sqrt(2 / pi)
constexpr double gelu_cubic = 0.044715;

V gelu_tanh(V x) {
    const V cubic = hn::MulAdd(hn::Mul(number(gelu_cubic), hn::Mul(x, x)), x, x);
    return tanh(hn::Mul(number(gelu_root), cubic));
}

void unary(const UnaryFunction& f, std::int64_t n, const float* x, float* y) {
    const V zero = number(0.0), one = number(1.0);
    const V a = number(f.a), b = number(f.b), c = number(f.c);
    switch (f.kind) {
        case UnaryKind::relu:
            if (f.b == 0 && f.c == 0) {
                if (f.a == infinity) {
                    return map(n, x, y, [=](V v) HWY_ATTR { return hn::IfThenZeroElse(hn::Lt(v, zero), v); });
                }
                return map(n, x, y, [=](V v) HWY_ATTR { return clamped(v, zero, a); });
            }
            if (f.b == 0) {  // where Keras compares, and a NaN is not above the threshold
                return map(n, x, y, [=](V v) HWY_ATTR {
                    return hn::IfThenElseZero(hn::Gt(v, c), hn::IfThenElse(hn::Ge(v, a), a, v));
                });
            }
            return map(n, x, y, [=](V v) HWY_ATTR {
                const V low = hn::Mul(b, hn::Sub(v, c));
                return hn::IfThenElse(hn::Le(v, c), low, hn::IfThenElse(hn::Ge(v, a), a, v));
            });
        case UnaryKind::sigmoid: return map(n, x, y, [](V v) HWY_ATTR { return sigmoid(v); });
        case UnaryKind::tanh: return map(n, x, y, [](V v) HWY_ATTR { return tanh(v); });
        case UnaryKind::softplus: return map(n, x, y, [](V v) HWY_ATTR { return softplus(v); });
        case UnaryKind::softsign:
            return map(n, x, y, [=](V v) HWY_ATTR { return hn::Div(v, hn::Add(one, hn::Abs(v))); });
        case UnaryKind::elu:
            return map(n, x, y, [=](V v) HWY_ATTR {
                return hn::IfThenElse(hn::Gt(v, zero), v, hn::Mul(a, expm1(at_most_zero(v))));
            });
        case UnaryKind::selu:
            return map(n, x, y, [=](V v) HWY_ATTR {
                const V low = hn::Mul(number(selu_scale * selu_alpha), expm1(at_most_zero(v)));
                return hn::IfThenElse(hn::Gt(v, zero), hn::Mul(number(selu_scale), v), low);
            });
        case UnaryKind::gelu:
            if (f.a == 0) return map(n, x, y, [](V v) HWY_ATTR { return hn::Mul(v, normal_cdf(v)); });
            return map(n, x, y,
                       [=](V v) HWY_ATTR { return hn::Mul(hn::Mul(number(0.5), v), hn::Add(one, gelu_tanh(v))); });
        case UnaryKind::silu: return map(n, x, y, [](V v) HWY_ATTR { return silu(v); });
        case UnaryKind::hard_sigmoid: return map(n, x, y, [=](V v) HWY_ATTR { return keep_nan(v, hard_sigmoid(v)); });
        case UnaryKind::mish: return map(n, x, y, [](V v) HWY_ATTR { return hn::Mul(v, tanh(softplus(v))); });
        case UnaryKind::exponential: return map(n, x, y, [](V v) HWY_ATTR { return exp(v); });
        case UnaryKind::log_sigmoid: return map(n, x, y, [](V v) HWY_ATTR { return hn::Neg(softplus(hn::Neg(v))); });
        case UnaryKind::log: return map(n, x, y, [](V v) HWY_ATTR { return log(v); });
        case UnaryKind::sqrt: return map(n, x, y, [](V v) HWY_ATTR { return hn::Sqrt(v); });
        case UnaryKind::square: return map(n, x, y, [](V v) HWY_ATTR { return hn::Mul(v, v); });
        case UnaryKind::absolute: return map(n, x, y, [](V v) HWY_ATTR { return hn::Abs(v); });
        case UnaryKind::negate: return map(n, x, y, [](V v) HWY_ATTR { return hn::Neg(v); });
        case UnaryKind::reciprocal: return map(n, x, y, [=](V v) HWY_ATTR { return hn::Div(one, v); });
        case UnaryKind::scale: return map(n, x, y, [=](V v) HWY_ATTR { return hn::MulAdd(a, v, b); });
        case UnaryKind::clip: return map(n, x, y, [=](V v) HWY_ATTR { return keep_nan(v, hn::Min(hn::Max(v, a), b)); });
        case UnaryKind::celu:
            return map(n, x, y, [=](V v) HWY_ATTR {
                return hn::IfThenElse(hn::Gt(v, zero), v, hn::Mul(a, expm1(hn::Div(at_most_zero(v), a))));
            });
        case UnaryKind::hard_silu: return map(n, x, y, [=](V v) HWY_ATTR { return hn::Mul(v, hard_sigmoid(v)); });
        case UnaryKind::hard_shrink:
            return map(n, x, y, [=](V v) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(hn::Abs(v), a), v); });
        case UnaryKind::soft_shrink:
            return map(n, x, y, [=](V v) HWY_ATTR {
                return hn::IfThenElseZero(hn::Gt(hn::Abs(v), a), hn::Sub(v, hn::CopySign(a, v)));
            });
        case UnaryKind::sparse_plus:
            return map(n, x, y, [=](V v) HWY_ATTR {
                const V t = hn::Add(v, one);
                const V middle = hn::Mul(number(0.25), hn::Mul(t, t));
                return hn::IfThenZeroElse(hn::Le(v, hn::Neg(one)), hn::IfThenElse(hn::Lt(v, one), middle, v));
            });
        case UnaryKind::sparse_sigmoid:
            return map(n, x, y, [=](V v) HWY_ATTR {
                const V half = number(0.5);
                return keep_nan(v, hn::Min(hn::Max(hn::MulAdd(half, v, half), zero), one));
            });
        case UnaryKind::threshold:
            return map(n, x, y, [=](V v) HWY_ATTR { return hn::IfThenElse(hn::Gt(v, a), v, b); });
    }
}

void unary_gradient(const UnaryFunction& f, std::int64_t n, const float* dy, const float* r, float* dx) {
    const V zero = number(0.0), one = number(1.0), half = number(0.5);
    const V a = number(f.a), b = number(f.b), c = number(f.c);
    const auto scaled = [=](const auto& slope)
                            HWY_ATTR { map(n, dy, r, dx, [&](V g, V v) HWY_ATTR { return hn::Mul(g, slope(v)); }); };
    switch (f.kind) {
        case UnaryKind::relu:
            if (f.a == infinity && f.b == 0) {
                return map(n, dy, r, dx, [=](V g, V v) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(v, c), g); });
            }
            if (f.a == infinity && f.c == 0) {
                return scaled([=](V v) HWY_ATTR { return hn::IfThenElse(hn::Gt(v, zero), one, b); });
            }
            if (f.a == infinity) {
                return scaled([=](V v) HWY_ATTR {
                    return hn::IfThenElse(hn::Gt(v, c), one, hn::IfThenElseZero(hn::Le(v, c), b));
                });
            }
            return scaled([=](V v) HWY_ATTR {
                const V above = hn::IfThenElseZero(hn::Lt(v, a), one);
                return hn::IfThenElse(hn::Gt(v, c), above, hn::IfThenElseZero(hn::Le(v, c), b));
            });
        case UnaryKind::sigmoid: return scaled([=](V v) HWY_ATTR { return hn::Mul(v, hn::Sub(one, v)); });
        case UnaryKind::tanh: return scaled([=](V v) HWY_ATTR { return hn::NegMulAdd(v, v, one); });
        case UnaryKind::softplus: return scaled([](V v) HWY_ATTR { return sigmoid(v); });
        case UnaryKind::softsign:
            return scaled([=](V v) HWY_ATTR {
                const V t = hn::Add(one, hn::Abs(v));
                return hn::Div(one, hn::Mul(t, t));
            });
        case UnaryKind::elu:
            return scaled([=](V v) HWY_ATTR {  // at NaN that of 0
                const V below = hn::IfThenElseZero(hn::Lt(v, zero), v);
                return hn::IfThenElse(hn::Gt(v, zero), one, hn::Mul(a, exp(below)));
            });
        case UnaryKind::selu:
            return scaled([=](V v) HWY_ATTR {
                const V low = hn::Mul(number(selu_scale * selu_alpha), exp(v));
                return hn::IfThenElse(hn::Le(v, number(selu_zero)), low, number(selu_scale));
            });
        case UnaryKind::gelu:
            if (f.a == 0) {
                return scaled([=](V v) HWY_ATTR {
                    const V density = hn::Mul(number(0.3989422804014327), exp(hn::Mul(hn::Neg(half), hn::Mul(v, v))));
                    return hn::MulAdd(v, density, normal_cdf(v));
                });
            }
            return scaled([=](V v) HWY_ATTR {
                const V t = gelu_tanh(v);
                const V inner = hn::MulAdd(number(3 * gelu_cubic * gelu_root), hn::Mul(v, v), number(gelu_root));
                const V slope = hn::Mul(hn::Mul(v, hn::NegMulAdd(t, t, one)), inner);
                return hn::Mul(half, hn::Add(hn::Add(one, t), slope));
            });
        case UnaryKind::silu:
            return scaled([=](V v) HWY_ATTR {
                const V s = sigmoid(v);
                return hn::Mul(s, hn::MulAdd(v, hn::Sub(one, s), one));
            });
        case UnaryKind::hard_sigmoid:
            return scaled(
                [=](V v) HWY_ATTR { return hn::IfThenElseZero(hn::Lt(hn::Abs(v), number(3.0)), number(1.0 / 6)); });
        case UnaryKind::mish:
            return scaled([=](V v) HWY_ATTR {
                const V t = tanh(softplus(v));
                return hn::MulAdd(hn::Mul(v, hn::NegMulAdd(t, t, one)), sigmoid(v), t);
            });
        case UnaryKind::exponential: return scaled([](V v) HWY_ATTR { return v; });
        case UnaryKind::log_sigmoid: return scaled([](V v) HWY_ATTR { return sigmoid(hn::Neg(v)); });
        case UnaryKind::log: return scaled([=](V v) HWY_ATTR { return hn::Div(one, v); });
        case UnaryKind::sqrt: return scaled([=](V v) HWY_ATTR { return hn::Div(half, v); });
        case UnaryKind::square: return scaled([=](V v) HWY_ATTR { return hn::Add(v, v); });
        case UnaryKind::absolute:
            return scaled([=](V v) HWY_ATTR { return hn::IfThenZeroElse(hn::Eq(v, zero), hn::CopySign(one, v)); });
        case UnaryKind::negate: return scaled([=](V) HWY_ATTR { return hn::Neg(one); });
        case UnaryKind::reciprocal: return scaled([=](V v) HWY_ATTR { return hn::Div(hn::Neg(one), hn::Mul(v, v)); });
        case UnaryKind::scale: return scaled([=](V) HWY_ATTR { return a; });
        case UnaryKind::clip:
            return scaled([=](V v) HWY_ATTR { return hn::IfThenElseZero(hn::And(hn::Ge(v, a), hn::Le(v, b)), one); });
        case UnaryKind::celu:
            return scaled([=](V v) HWY_ATTR {
                const V low = hn::IfThenElse(hn::Eq(v, zero), number(2.0), exp(hn::Div(v, a)));
                return hn::IfThenElse(hn::Gt(v, zero), one, hn::IfThenElseZero(hn::Le(v, zero), low));
            });
        case UnaryKind::hard_silu:
            return scaled([=](V v) HWY_ATTR {
                const V slope = hn::IfThenElseZero(hn::Lt(hn::Abs(v), number(3.0)), number(1.0 / 6));
                return hn::MulAdd(v, slope, hard_sigmoid(v));  // NaN at infinities, as Keras has it
            });
        case UnaryKind::hard_shrink:
        case UnaryKind::soft_shrink:
            return scaled([=](V v) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(hn::Abs(v), a), one); });
        case UnaryKind::sparse_plus:
            return scaled([=](V v) HWY_ATTR {
                const V middle = hn::MulAdd(v, half, half);
                const V slope =
                    hn::IfThenZeroElse(hn::Le(v, hn::Neg(one)), hn::IfThenElse(hn::Lt(v, one), middle, one));
                return hn::MulAdd(v, zero, slope);  // NaN at infinities, as Keras has it
            });
        case UnaryKind::sparse_sigmoid:
            return scaled([=](V v) HWY_ATTR { return hn::IfThenZeroElse(hn::Ge(hn::Abs(v), one), half); });
        case UnaryKind::threshold: return scaled([=](V v) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(v, a), one); });
    }
}

template <class F>
HWY_INLINE void rows_of_two(std::int64_t rows, std::int64_t width, const float* x, Steps x_steps, const float* y,
                            Steps y_steps, float* z, const F& f) {
    for (std::int64_t row = 0; row < rows; ++row, x += x_steps.row, y += y_steps.row, z += width) {
        if (x_steps.element == 0 && y_steps.element == 0) {
            const V value = f(number(*x), number(*y));
            for_vectors(width, [&](std::int64_t i, const auto&, const auto& store) HWY_ATTR { store(value, z + i); });
        } else if (x_steps.element == 0) {
            const V left = number(*x);
            map(width, y, z, [&](V right) HWY_ATTR { return f(left, right); });
        } else if (y_steps.element == 0) {
            const V right = number(*y);
            map(width, x, z, [&](V left) HWY_ATTR { return f(left, right); });
        } else {
            map(width, x, y, z, f);
        }
    }
}

void binary(BinaryKind kind, std::int64_t rows, std::int64_t width, const float* x, Steps x_steps, const float* y,
            Steps y_steps, float* z) {
    const auto run = [&](const auto& f) HWY_ATTR { rows_of_two(rows, width, x, x_steps, y, y_steps, z, f); };
    switch (kind) {
        case BinaryKind::add: return run([](V a, V b) HWY_ATTR { return hn::Add(a, b); });
        case BinaryKind::subtract: return run([](V a, V b) HWY_ATTR { return hn::Sub(a, b); });
        case BinaryKind::multiply: return run([](V a, V b) HWY_ATTR { return hn::Mul(a, b); });
        case BinaryKind::divide: return run([](V a, V b) HWY_ATTR { return hn::Div(a, b); });
        case BinaryKind::maximum:
            return run([](V a, V b) HWY_ATTR { return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(b)), b, a); });
        case BinaryKind::minimum:
            return run([](V a, V b) HWY_ATTR { return hn::IfThenElse(hn::Or(hn::Lt(b, a), hn::IsNaN(b)), b, a); });
    }
}

void sigmoid_cross_entropy(std::int64_t n, const float* logits, const float* targets, float* loss) {
    // max(x, 0) + log(1 + exp(-|x|)) is softplus(x).
    map(n, logits, targets, loss, [](V x, V t) HWY_ATTR { return hn::NegMulAdd(x, t, softplus(x)); });
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(unary);
HWY_EXPORT(unary_gradient);
HWY_EXPORT(binary);
HWY_EXPORT(sigmoid_cross_entropy);

void unary(const UnaryFunction& f, std::int64_t n, const float* x, float* y) {
    HWY_DYNAMIC_DISPATCH(unary)(f, n, x, y);
}
void unary_gradient(const UnaryFunction& f, std::int64_t n, const float* dy, const float* r, float* dx) {
    HWY_DYNAMIC_DISPATCH(unary_gradient)(f, n, dy, r, dx);
}
void binary(ops::BinaryKind kind, std::int64_t rows, std::int64_t width, const float* x, Steps x_steps, const float* y,
            Steps y_steps, float* z) {
    HWY_DYNAMIC_DISPATCH(binary)(kind, rows, width, x, x_steps, y, y_steps, z);
}
void sigmoid_cross_entropy(std::int64_t n, const float* logits, const float* targets, float* loss) {
    HWY_DYNAMIC_DISPATCH(sigmoid_cross_entropy)(n, logits, targets, loss);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
