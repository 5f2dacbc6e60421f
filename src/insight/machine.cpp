// The machine's ceilings, measured with the engine's own kernels and threads.
#include <markhor/audit.hpp>

#include "core/fastest.hpp"
#include "engine/cpu/ceiling.hpp"
#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "ops/matmul.hpp"

namespace markhor::insight {
namespace {

constexpr int runs = 5;

double product_flops() {
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
    return 2.0 * side * side * side / fastest(runs, [&] { execution.run(); });
}

}  // namespace

Machine measure_machine() { return {.flops_per_second = product_flops(), .bytes_per_second = cpu::measure_copy()}; }

}  // namespace markhor::insight
