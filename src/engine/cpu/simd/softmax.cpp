// Softmax rows, for each instruction set.
#include "engine/cpu/simd/softmax.hpp"

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/softmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

double shifted_exp(std::int64_t n, const float* x, float maximum, float* y) {
    const Floats d;
    V sum = number(0.0);
    for_vectors(n, [&, n, x, y, maximum](std::int64_t i, const auto& load, const auto& store) HWY_ATTR {
        const V e = exp(hn::Sub(load(x + i), number(maximum)));
        if (y != nullptr) store(e, y + i);
        const std::int64_t left = n - i;
        sum = hn::Add(sum, left >= lanes() ? e : hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(left)), e));
    });
    return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
}

void scale(std::int64_t n, float factor, float* y) {
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store)
                       HWY_ATTR { store(hn::Mul(load(y + i), number(factor)), y + i); });
}

void subtract(std::int64_t n, const float* x, float offset, float* y) {
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store)
                       HWY_ATTR { store(hn::Sub(load(x + i), number(offset)), y + i); });
}

double dot(std::int64_t n, const float* x, const float* y) {
    V sum = number(0.0);
    for_vectors(n, [&, x, y](std::int64_t i, const auto& load, const auto&)
                       HWY_ATTR { sum = hn::MulAdd(load(x + i), load(y + i), sum); });
    return static_cast<double>(hn::GetLane(hn::SumOfLanes(Floats(), sum)));
}

void softmax_gradient(std::int64_t n, bool log, const float* dy, const float* y, float sum, float* dx) {
    const V total = number(sum);
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store) HWY_ATTR {
        const V upstream = load(dy + i), output = load(y + i);
        store(log ? hn::NegMulAdd(exp(output), total, upstream) : hn::Mul(output, hn::Sub(upstream, total)), dx + i);
    });
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(shifted_exp);
HWY_EXPORT(scale);
HWY_EXPORT(subtract);
HWY_EXPORT(dot);
HWY_EXPORT(softmax_gradient);

double shifted_exp(std::int64_t n, const float* x, float maximum, float* y) {
    return HWY_DYNAMIC_DISPATCH(shifted_exp)(n, x, maximum, y);
}
void scale(std::int64_t n, float factor, float* y) { HWY_DYNAMIC_DISPATCH(scale)(n, factor, y); }
void subtract(std::int64_t n, const float* x, float offset, float* y) {
    HWY_DYNAMIC_DISPATCH(subtract)(n, x, offset, y);
}
double dot(std::int64_t n, const float* x, const float* y) { return HWY_DYNAMIC_DISPATCH(dot)(n, x, y); }
void softmax_gradient(std::int64_t n, bool log, const float* dy, const float* y, float sum, float* dx) {
    HWY_DYNAMIC_DISPATCH(softmax_gradient)(n, log, dy, y, sum, dx);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
