// Dropout and noise: the mask is made anew from (seed, step, stream) wherever it is needed.
#include "ops/random.hpp"

#include <cmath>
#include <numbers>

#include "core/random.hpp"
#include "kernels.hpp"

namespace markhor::engine::plain {

namespace {

Philox generator(const KernelArguments& a, std::size_t input, std::uint32_t stream) {
    const auto* const seed = a.in<std::int64_t>(input);
    const auto step = static_cast<std::uint64_t>(seed[1]);
    return {static_cast<std::uint64_t>(seed[0]), std::uint64_t{stream} << 32 | step};
}

KernelPtr make_noise(const ops::Noise& op, Specs, Specs) {
    const std::int64_t count = op.shape.elements();
    return plain_kernel([count, kind = op.kind, stream = op.stream](const KernelArguments& a) {
        const Philox philox = generator(a, 0, stream);
        auto* const out = a.out<float>(0);
        for (std::int64_t i = 0; i < count; ++i) {
            const auto words = philox.block(static_cast<std::uint64_t>(i) / 4);
            const auto at = static_cast<std::size_t>(i % 4);
            if (kind == ops::NoiseKind::uniform) {
                out[i] = to_unit(words[at]);
                continue;
            }
            // 1 - u is above 0, so that its logarithm is finite.
            const double radius =
                std::sqrt(-2 * std::log(1 - static_cast<double>(to_unit(words[at & ~std::size_t{1}]))));
            const double angle = 2 * std::numbers::pi * static_cast<double>(to_unit(words[at | 1]));
            out[i] = static_cast<float>(radius * (at % 2 == 0 ? std::cos(angle) : std::sin(angle)));
        }
    });
}

}  // namespace

void add_random(graph::KernelTable& table) {
    table.add<ops::Noise>(make_noise);
    table.add<ops::Dropout>([](const ops::Dropout& op, Specs inputs, Specs) {
        const Walk noise_places = broadcast_walk(op.noise_shape, inputs[0].shape);
        return floating_kernel(
            inputs[0].dtype, [noise_places, rate = op.rate, stream = op.stream]<class T>(const KernelArguments& a) {
                const Philox philox = generator(a, 1, stream);
                for (std::int64_t i = 0; i < noise_places.count(); ++i) {
                    const auto noise = static_cast<std::uint64_t>(noise_places[i]);
                    const float unit = to_unit(philox.block(noise / 4)[noise % 4]);
                    const bool kept = static_cast<double>(unit) >= rate;
                    const double scaled = kept ? static_cast<double>(a.in<T>(0)[i]) / (1 - rate) : 0.0;
                    a.out<T>(0)[i] = static_cast<T>(scaled);
                }
            });
    });
}

}  // namespace markhor::engine::plain
