// Max and average pooling and their gradients, spread over threads by rows of the output, or by the strips of the input
// that belong to one row of windows alone.
#include "ops/pooling.hpp"

#include <type_traits>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/kernels.hpp"
#include "engine/cpu/simd/pooling.hpp"
#include "engine/cpu/simd/tile_pooling.hpp"

namespace markhor::cpu {
namespace {

// Rows of the output, or strips of the input, that are worth a thread.
std::int64_t units_worth_a_thread(const PoolingSizes& sizes, std::int64_t units) {
    const std::int64_t elements = sizes.batch * sizes.in[0] * sizes.in[1] * sizes.in[2] * sizes.channels;
    return std::max<std::int64_t>(1, grain * units / std::max<std::int64_t>(elements, 1));
}

// A kernel that calls body(arguments, first, last) on parts of the units.
template <class Body>
KernelPtr make_pooling(const PoolingSizes& sizes, std::int64_t units, Body body) {
    const std::int64_t least = units_worth_a_thread(sizes, units);
    return make_kernel("simd", [units, least, body](const KernelArguments& a) {
        parallel_for(units, least, [&](std::int64_t first, std::int64_t last) { body(a, first, last); });
    });
}

template <class T>
bool holds(const ops::TensorSpec& input, const ops::TensorSpec& output) {
    return input.dtype == stored_as<T> && output.dtype == stored_as<T>;
}

template <class T>
void add_pooling(graph::KernelTable& table) {
    table.add<ops::MaxPool>([](const ops::MaxPool& op, Specs inputs, Specs outputs) -> KernelPtr {
        if (!holds<T>(inputs[0], outputs[0])) return nullptr;
        const PoolingSizes s(op.window, inputs[0].shape);
        return make_pooling(s, s.rows(), [s](const KernelArguments& a, std::int64_t first, std::int64_t last) {
            max_pool(s, first, last, a.in<T>(0), a.out<T>(0), a.out<std::uint8_t>(1));
        });
    });
    table.add<ops::AveragePool>([](const ops::AveragePool& op, Specs inputs, Specs outputs) -> KernelPtr {
        if (!holds<T>(inputs[0], outputs[0])) return nullptr;
        const PoolingSizes s(op.window, inputs[0].shape);
        if constexpr (std::is_same_v<T, float>) {
            if (pools_tiles(s)) {
                return make_pooling(s, s.rows(), [s](const KernelArguments& a, std::int64_t first, std::int64_t last) {
                    average_tiles(s, first, last, a.in<float>(0), a.out<float>(0));
                });
            }
        }
        return make_pooling(s, s.rows(), [s](const KernelArguments& a, std::int64_t first, std::int64_t last) {
            average_pool(s, first, last, a.in<T>(0), a.out<T>(0));
        });
    });
    table.add<ops::MaxPoolGradient>([](const ops::MaxPoolGradient& op, Specs inputs, Specs outputs) -> KernelPtr {
        if (!holds<T>(inputs[0], outputs[0])) return nullptr;
        const PoolingSizes s(op.window, op.input_shape);
        if (std::is_same_v<T, BFloat16> && !s.window.is_apart()) return nullptr;  // their sums are float32
        return make_pooling(s, s.strips(), [s](const KernelArguments& a, std::int64_t first, std::int64_t last) {
            max_pool_gradient(s, first, last, a.in<T>(0), a.in<std::uint8_t>(1), a.out<T>(0));
        });
    });
    table.add<ops::AveragePoolGradient>(
        [](const ops::AveragePoolGradient& op, Specs inputs, Specs outputs) -> KernelPtr {
            if (!holds<T>(inputs[0], outputs[0])) return nullptr;
            const PoolingSizes s(op.window, op.input_shape);
            if (std::is_same_v<T, BFloat16> && !s.window.is_apart()) return nullptr;  // their sums are float32
            if constexpr (std::is_same_v<T, float>) {
                if (pools_tiles(s)) {
                    return make_pooling(s, s.strips(),
                                        [s](const KernelArguments& a, std::int64_t first, std::int64_t last) {
                                            average_tiles_gradient(s, first, last, a.in<float>(0), a.out<float>(0));
                                        });
                }
            }
            return make_pooling(s, s.strips(), [s](const KernelArguments& a, std::int64_t first, std::int64_t last) {
                average_pool_gradient(s, first, last, a.in<T>(0), a.out<T>(0));
            });
        });
}

}  // namespace

void add_pooling(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    add_pooling<float>(table);
    add_pooling<BFloat16>(in_bfloat16);
}

}  // namespace markhor::cpu
