// Optimizer steps, for each instruction set.
#include "engine/cpu/simd/update.hpp"

#include "engine/cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/simd/update.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/cpu/simd/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace markhor::cpu::HWY_NAMESPACE {
namespace {

using V = FloatVector;

void moving_average(double momentum, std::int64_t n, const float* moving, const float* value, float* to) {
    const V keep = number(momentum), take = number(1 - momentum);
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store)
                       HWY_ATTR { store(hn::MulAdd(load(moving + i), keep, hn::Mul(load(value + i), take)), to + i); });
}

void sgd(float rate, std::int64_t n, const float* w, const float* g, float* w_to) {
    const V step = number(rate);
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store)
                       HWY_ATTR { store(hn::NegMulAdd(step, load(g + i), load(w + i)), w_to + i); });
}

void sgd_momentum(const Momentum& attributes, float rate, std::int64_t n, const float* w, const float* m,
                  const float* g, float* w_to, float* m_to) {
    const V keep = number(attributes.momentum), step = number(rate);
    const bool nesterov = attributes.nesterov;
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store) HWY_ATTR {
        const V slope = hn::Mul(step, load(g + i));
        const V next = hn::MulSub(keep, load(m + i), slope);
        const V move = nesterov ? hn::MulSub(keep, next, slope) : next;
        if (w_to != nullptr) store(hn::Add(load(w + i), move), w_to + i);
        if (m_to != nullptr) store(next, m_to + i);
    });
}

void adam(const Adam& attributes, float alpha, std::int64_t n, const float* w, const float* m, const float* v,
          const float* g, float* const to[3]) {
    const V take_1 = number(1 - attributes.beta_1), take_2 = number(1 - attributes.beta_2);
    const V epsilon = number(attributes.epsilon), step = number(alpha);
    float* const w_to = to[0];
    float* const m_to = to[1];
    float* const v_to = to[2];
    for_vectors(n, [=](std::int64_t i, const auto& load, const auto& store) HWY_ATTR {
        const V slope = load(g + i);
        const V old_m = load(m + i);
        const V old_v = load(v + i);
        const V next_m = hn::MulAdd(hn::Sub(slope, old_m), take_1, old_m);
        const V next_v = hn::MulAdd(hn::MulSub(slope, slope, old_v), take_2, old_v);
        const V move = hn::Div(hn::Mul(step, next_m), hn::Add(hn::Sqrt(next_v), epsilon));
        if (w_to != nullptr) store(hn::Sub(load(w + i), move), w_to + i);
        if (m_to != nullptr) store(next_m, m_to + i);
        if (v_to != nullptr) store(next_v, v_to + i);
    });
}

}  // namespace
}  // namespace markhor::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace markhor::cpu {

HWY_EXPORT(moving_average);
HWY_EXPORT(sgd);
HWY_EXPORT(sgd_momentum);
HWY_EXPORT(adam);

void moving_average(double momentum, std::int64_t n, const float* moving, const float* value, float* to) {
    HWY_DYNAMIC_DISPATCH(moving_average)(momentum, n, moving, value, to);
}
void sgd(float rate, std::int64_t n, const float* w, const float* g, float* w_to) {
    HWY_DYNAMIC_DISPATCH(sgd)(rate, n, w, g, w_to);
}
void sgd_momentum(const Momentum& attributes, float rate, std::int64_t n, const float* w, const float* m,
                  const float* g, float* w_to, float* m_to) {
    HWY_DYNAMIC_DISPATCH(sgd_momentum)(attributes, rate, n, w, m, g, w_to, m_to);
}
void adam(const Adam& attributes, float alpha, std::int64_t n, const float* w, const float* m, const float* v,
          const float* g, float* const to[3]) {
    HWY_DYNAMIC_DISPATCH(adam)(attributes, alpha, n, w, m, v, g, to);
}

}  // namespace markhor::cpu
#endif  // HWY_ONCE
