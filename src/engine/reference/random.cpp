// Dropout: the mask is made anew from (seed, step, stream) wherever it is needed.
#include "ops/random.hpp"

#include "core/random.hpp"
#include "kernels.hpp"

namespace markhor::engine::plain {

void add_random(graph::KernelTable& table) {
    table.add<ops::Dropout>([](const ops::Dropout& op, Specs inputs, Specs) {
        const Walk noise_places = broadcast_walk(op.noise_shape, inputs[0].shape);
        return floating_kernel(
            inputs[0].dtype, [noise_places, rate = op.rate, stream = op.stream]<class T>(const KernelArguments& a) {
                const auto* const seed = a.in<std::int64_t>(1);
                const auto step = static_cast<std::uint64_t>(seed[1]);
                const Philox philox(static_cast<std::uint64_t>(seed[0]), std::uint64_t{stream} << 32 | step);
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
