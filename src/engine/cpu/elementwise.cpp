// Functions of one element and of two. The gradients of maximum and minimum stay with the reference engine.
#include "ops/elementwise.hpp"

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/broadcast.hpp"
#include "engine/cpu/kernels.hpp"

namespace markhor::cpu {
namespace {

template <class OpType>
UnaryFunction function_of(const OpType& op) {
    return {op.kind, static_cast<float>(op.a), static_cast<float>(op.b), static_cast<float>(op.c)};
}

KernelPtr make_unary(const ops::Unary& op, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    return make_kernel("simd", [f = function_of(op), n = inputs[0].shape.elements()](const KernelArguments& a) {
        const auto* const x = a.in<float>(0);
        auto* const y = a.out<float>(0);
        parallel_for(n, grain,
                     [&](std::int64_t begin, std::int64_t end) { unary(f, end - begin, x + begin, y + begin); });
    });
}

KernelPtr make_unary_gradient(const ops::UnaryGradient& op, Specs inputs, Specs) {
    if (!all_float32(inputs)) return nullptr;
    return make_kernel("simd", [f = function_of(op), n = inputs[0].shape.elements()](const KernelArguments& a) {
        const auto* const dy = a.in<float>(0);
        const auto* const r = a.in<float>(1);
        auto* const dx = a.out<float>(0);
        parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
            unary_gradient(f, end - begin, dy + begin, r + begin, dx + begin);
        });
    });
}

KernelPtr make_binary(const ops::Binary& op, Specs inputs, Specs outputs) {
    if (!all_float32(inputs)) return nullptr;
    const BroadcastPlan plan(inputs[0].shape, inputs[1].shape, outputs[0].shape);
    return make_kernel("simd", [plan, kind = op.kind](const KernelArguments& a) {
        plan.run(kind, a.in<float>(0), a.in<float>(1), a.out<float>(0));
    });
}

KernelPtr make_unary_in_bfloat16(const ops::Unary& op, Specs inputs, Specs outputs) {
    if (!all_bfloat16(inputs) || !all_bfloat16(outputs)) return nullptr;
    return make_kernel("simd", [f = function_of(op), n = inputs[0].shape.elements()](const KernelArguments& a) {
        by_pieces<1>(n, {a.in<BFloat16>(0)}, a.out<BFloat16>(0),
                     [&](std::int64_t count, const auto& from, float* to) { unary(f, count, from[0], to); });
    });
}

KernelPtr make_unary_gradient_in_bfloat16(const ops::UnaryGradient& op, Specs inputs, Specs outputs) {
    if (!all_bfloat16(inputs) || !all_bfloat16(outputs)) return nullptr;
    return make_kernel("simd", [f = function_of(op), n = inputs[0].shape.elements()](const KernelArguments& a) {
        by_pieces<2>(
            n, {a.in<BFloat16>(0), a.in<BFloat16>(1)}, a.out<BFloat16>(0),
            [&](std::int64_t count, const auto& from, float* to) { unary_gradient(f, count, from[0], from[1], to); });
    });
}

KernelPtr make_binary_in_bfloat16(const ops::Binary& op, Specs inputs, Specs outputs) {
    if (!all_bfloat16(inputs) || !all_bfloat16(outputs) || inputs[0] != inputs[1]) return nullptr;
    return make_kernel("simd", [kind = op.kind, n = inputs[0].shape.elements()](const KernelArguments& a) {
        by_pieces<2>(n, {a.in<BFloat16>(0), a.in<BFloat16>(1)}, a.out<BFloat16>(0),
                     [&](std::int64_t count, const auto& from, float* to) {
                         binary(kind, 1, count, from[0], {0, 1}, from[1], {0, 1}, to);
                     });
    });
}

}  // namespace

void add_elementwise(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    table.add<ops::Unary>(make_unary);
    table.add<ops::UnaryGradient>(make_unary_gradient);
    table.add<ops::Binary>(make_binary);
    in_bfloat16.add<ops::Unary>(make_unary_in_bfloat16);
    in_bfloat16.add<ops::UnaryGradient>(make_unary_gradient_in_bfloat16);
    in_bfloat16.add<ops::Binary>(make_binary_in_bfloat16);
}

}  // namespace markhor::cpu
