// The machine's ceilings, measured with the engine's own kernels and threads.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <markhor/audit.hpp>

#include "core/parallel.hpp"
#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "ops/matmul.hpp"

namespace markhor::insight {
namespace {

constexpr int runs = 5;

template <class Body>
double fastest(const Body& body) {
    double seconds = std::numeric_limits<double>::infinity();
    for (int run = 0; run < runs; ++run) {
        const auto begin = std::chrono::steady_clock::now();
        body();
        seconds = std::min(seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return seconds;
}

double arithmetic() {
    constexpr std::int64_t side = 1024;
    graph::Graph graph;
    const graph::Value a = graph.placeholder("a", {DType::float32, {side, side}});
    const graph::Value b = graph.placeholder("b", {DType::float32, {side, side}});
    graph.set_outputs({ops::matmul(graph, a, b)});
    graph::Execution execution(graph::Executable::make(graph, engine::cpu()));
    const Tensor ones = Tensor::full({side, side}, 1.0F);
    execution.feed("a", ones);
    execution.feed("b", ones);
    execution.run();
    return 2.0 * side * side * side / fastest([&] { execution.run(); });
}

double traffic() {
    constexpr std::int64_t bytes = std::int64_t{64} << 20;
    const Tensor from = Tensor::zeros({bytes}, DType::uint8);
    Tensor to = Tensor::zeros({bytes}, DType::uint8);  // written once before it is timed: its pages are there
    const auto copy = [&] {
        parallel_for(bytes, 1 << 20, [&](std::int64_t begin, std::int64_t end) {
            std::memcpy(static_cast<std::byte*>(to.raw()) + begin, static_cast<const std::byte*>(from.raw()) + begin,
                        static_cast<std::size_t>(end - begin));
        });
    };
    return 2.0 * bytes / fastest(copy);
}

}  // namespace

Machine measure_machine() { return {.flops_per_second = arithmetic(), .bytes_per_second = traffic()}; }

}  // namespace markhor::insight
