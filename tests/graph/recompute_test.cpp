#include <gtest/gtest.h>

#include "graph/passes.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "support.hpp"

namespace markhor::graph {
namespace {

using test::count;
using test::random_tensor;
using test::run;

constexpr std::int64_t channels = 4;

// A chain of convolutions and tanhs, each link with a way round it where `residual`; its mean square and the gradients
// of all kernels.
Graph chain(int length, bool residual) {
    Graph graph;
    const ops::Window window{
        .rank = 2, .size = {1, 3, 3}, .stride = {1, 1, 1}, .pad_before = {0, 1, 1}, .pad_after = {0, 1, 1}};
    Value y = graph.placeholder("x", {DType::float32, {2, 8, 8, channels}});
    std::vector<Value> kernels;
    for (int i = 0; i < length; ++i) {
        const std::string path = "kernel_" + std::to_string(i);
        kernels.push_back(graph.variable(
            test::make_variable(path, random_tensor({3, 3, channels, channels}, static_cast<std::uint64_t>(i)))));
        const Value map =
            ops::unary(graph, ops::UnaryKind::tanh, ops::convolution(graph, y, kernels.back(), {}, window));
        y = residual ? ops::add(graph, y, map) : map;
    }
    const Value loss = ops::reduce_all(graph, ops::Reduction::mean, ops::multiply(graph, y, y));
    std::vector<Value> outputs{loss};
    for (const Value gradient : differentiate(graph, loss, kernels)) outputs.push_back(gradient);
    graph.set_outputs(outputs);
    return optimize(graph);
}

std::size_t arena_of(const Graph& graph) { return Executable::make(graph, engine::reference())->arena_bytes(); }

class Recompute : public testing::TestWithParam<bool> {};

TEST_P(Recompute, GivesTheSameBitsInLessMemory) {
    const Graph whole = chain(12, GetParam());
    const Graph part = recompute(whole, whole.outputs()[0].node);
    EXPECT_LT(arena_of(part), arena_of(whole) * 2 / 3) << part.str();
    EXPECT_GT(count(part, "convolution"), count(whole, "convolution"));
    EXPECT_LE(count(part, "convolution"), 2 * count(whole, "convolution"));  // none more than twice
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 8, 8, channels}, 99)}};
    const auto wanted = run(whole, inputs);
    const auto got = run(part, inputs);
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(test::largest_difference(got[i], wanted[i]), 0) << i;
}

INSTANTIATE_TEST_SUITE_P(Chains, Recompute, testing::Values(false, true),
                         [](const auto& test) { return test.param ? "residual" : "plain"; });

TEST(Recompute, LeavesAGraphThatItCannotMakeSmaller) {
    const Graph whole = chain(1, false);
    EXPECT_EQ(recompute(whole, whole.outputs()[0].node).nodes().size(), whole.nodes().size());
}

}  // namespace
}  // namespace markhor::graph
