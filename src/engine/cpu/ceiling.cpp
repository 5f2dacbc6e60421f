#include "engine/cpu/ceiling.hpp"

#include <cstring>
#include <markhor/tensor.hpp>
#include <vector>

#include "core/fastest.hpp"
#include "core/parallel.hpp"
#include "engine/cpu/simd/ceiling.hpp"

namespace markhor::cpu {
namespace {

constexpr int measurements = 5;

}  // namespace

double measure_flops() {
    constexpr std::int64_t rounds = 1 << 20;
    constexpr std::int64_t line = 16;  // floats: each thread's sink on a cache line of its own
    const int threads = num_threads();
    std::vector<float> sinks(static_cast<std::size_t>(threads * line), 0.5F);
    std::vector<double> done(static_cast<std::size_t>(threads * line));
    const double seconds = fastest(measurements, [&] {
        parallel_for(threads, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                done[static_cast<std::size_t>(i * line)] = multiply_add_rounds(rounds, sinks.data() + i * line);
            }
        });
    });
    return done[0] * threads / seconds;
}

double measure_copy() {
    const Tensor from = Tensor::zeros({std::int64_t{32} << 20});
    Tensor to = Tensor::zeros(from.shape());  // written once: the pages are there
    const double seconds = fastest(measurements, [&] {
        parallel_for(from.size(), 1, [&](std::int64_t begin, std::int64_t end) {
            std::memcpy(to.data<float>().data() + begin, from.data<float>().data() + begin,
                        static_cast<std::size_t>(end - begin) * sizeof(float));
        });
    });
    return 2 * static_cast<double>(from.bytes()) / seconds;
}

}  // namespace markhor::cpu
