// Dropout: the mask is drawn anew wherever it is needed, any part of it by any thread.
#include "ops/random.hpp"

#include <cmath>

#include "engine/cpu/broadcast.hpp"
#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/random.hpp"

namespace markhor::cpu {
namespace {

constexpr std::int64_t draw_grain = 8192;  // ten rounds of Philox make an element worth several plain ones

Draw draw_of(const KernelArguments& a, std::uint32_t stream, double rate) {
    const auto* const seed = a.in<std::int64_t>(1);
    // A word stays where (word >> 8) 2^-24 >= rate; rate 2^24 is exact, so the comparison is one of integers.
    return {static_cast<std::uint64_t>(seed[0]), std::uint64_t{stream} << 32 | static_cast<std::uint64_t>(seed[1]),
            static_cast<std::int32_t>(std::ceil(rate * 0x1.0p24))};
}

KernelPtr make_dropout(const ops::Dropout& op, Specs inputs, Specs outputs) {
    if (!all_float32(outputs)) return nullptr;
    const auto factor = op.rate < 1 ? static_cast<float>(1 / (1 - op.rate)) : 0.0F;
    const std::int64_t n = op.noise_shape.elements();
    const std::int64_t blocks = (n + 3) / 4;
    if (op.noise_shape == inputs[0].shape) {
        return make_kernel("simd philox", [=, rate = op.rate, stream = op.stream](const KernelArguments& a) {
            const Draw draw = draw_of(a, stream, rate);
            const auto* const x = a.in<float>(0);
            auto* const y = a.out<float>(0);
            parallel_for(blocks, draw_grain / 4, [&](std::int64_t begin, std::int64_t end) {
                dropout(draw, 4 * begin, std::min(4 * end, n) - 4 * begin, factor, x + 4 * begin, y + 4 * begin);
            });
        });
    }
    const BroadcastPlan plan(inputs[0].shape, op.noise_shape, inputs[0].shape);
    return make_kernel(
        "simd philox, shared",
        [=, rate = op.rate, stream = op.stream](const KernelArguments& a) {
            const Draw draw = draw_of(a, stream, rate);
            auto* const noise = reinterpret_cast<float*>(a.scratch);
            parallel_for(blocks, draw_grain / 4, [&](std::int64_t begin, std::int64_t end) {
                dropout_noise(draw, 4 * begin, std::min(4 * end, n) - 4 * begin, factor, noise + 4 * begin);
            });
            plan.run(ops::BinaryKind::multiply, a.in<float>(0), noise, a.out<float>(0));
        },
        static_cast<std::size_t>(n) * sizeof(float));
}

}  // namespace

void add_random(graph::KernelTable& table) { table.add<ops::Dropout>(make_dropout); }

}  // namespace markhor::cpu
