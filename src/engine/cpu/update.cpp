// Moving averages and optimizers' steps: one pass each, over threads only for large variables.
#include "ops/update.hpp"

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/update.hpp"

namespace markhor::cpu {
namespace {

// The array from `begin` on; null stays null.
float* from(float* array, std::int64_t begin) { return array == nullptr ? nullptr : array + begin; }

KernelPtr make_moving_average(const ops::MovingAverage& op, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    return make_kernel("simd", [n = inputs[0].shape.elements(), momentum = op.momentum](const KernelArguments& a) {
        parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
            moving_average(momentum, end - begin, a.in<float>(0) + begin, a.in<float>(1) + begin,
                           a.out<float>(0) + begin);
        });
    });
}

KernelPtr make_sgd(const ops::SgdStep& op, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    const std::int64_t n = inputs[0].shape.elements();
    if (op.momentum == 0) {
        return make_kernel("simd", [n](const KernelArguments& a) {
            parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
                sgd(*a.in<float>(2), end - begin, a.in<float>(0) + begin, a.in<float>(1) + begin,
                    a.out<float>(0) + begin);
            });
        });
    }
    return make_kernel("simd", [n, attributes = Momentum{op.momentum, op.nesterov}](const KernelArguments& a) {
        parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
            sgd_momentum(attributes, *a.in<float>(3), end - begin, a.in<float>(0) + begin, a.in<float>(1) + begin,
                         a.in<float>(2) + begin, from(a.out<float>(0), begin), from(a.out<float>(1), begin));
        });
    });
}

KernelPtr make_adam(const ops::AdamStep& op, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    const Adam attributes{op.beta_1, op.beta_2, op.epsilon};
    return make_kernel("simd", [n = inputs[0].shape.elements(), attributes](const KernelArguments& a) {
        parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
            float* const to[] = {from(a.out<float>(0), begin), from(a.out<float>(1), begin),
                                 from(a.out<float>(2), begin)};
            adam(attributes, *a.in<float>(4), end - begin, a.in<float>(0) + begin, a.in<float>(1) + begin,
                 a.in<float>(2) + begin, a.in<float>(3) + begin, to);
        });
    });
}

}  // namespace

void add_update(graph::KernelTable& table) {
    table.add<ops::MovingAverage>(make_moving_average);
    table.add<ops::SgdStep>(make_sgd);
    table.add<ops::AdamStep>(make_adam);
}

}  // namespace markhor::cpu
