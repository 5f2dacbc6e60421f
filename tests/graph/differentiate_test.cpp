#include <gtest/gtest.h>

#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/reduction.hpp"
#include "support.hpp"

namespace markhor::graph {
namespace {

using test::run;

TEST(Differentiate, AddsTheGradientsOfAllPaths) {
    // f = sum(x * x + 3 x): f' = 2 x + 3.
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float64, {3}});
    const Value f = ops::add(graph, ops::multiply(graph, x, x), ops::unary(graph, ops::UnaryKind::scale, x, 3.0, 0.0));
    const Value target = ops::reduce_all(graph, ops::Reduction::sum, f);
    graph.set_outputs(differentiate(graph, target, std::vector{x}));
    const auto outputs = run(graph, {{"x", Tensor::from<double>({3}, std::vector<double>{-1, 0, 2})}});
    EXPECT_DOUBLE_EQ(outputs[0].data<double>()[0], 1);
    EXPECT_DOUBLE_EQ(outputs[0].data<double>()[1], 3);
    EXPECT_DOUBLE_EQ(outputs[0].data<double>()[2], 7);
}

TEST(Differentiate, GivesZerosWhereTheTargetDoesNotDepend) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float64, {2}});
    const Value y = graph.placeholder("y", {DType::float64, {2}});
    const Value target = ops::reduce_all(graph, ops::Reduction::sum, x);
    graph.set_outputs(differentiate(graph, target, std::vector{y}));
    const auto outputs =
        run(graph, {{"x", Tensor::zeros({2}, DType::float64)}, {"y", Tensor::zeros({2}, DType::float64)}});
    EXPECT_EQ(outputs[0].data<double>()[0], 0);
    EXPECT_EQ(outputs[0].data<double>()[1], 0);
}

TEST(Differentiate, MakesNoGradientNobodyAskedFor) {
    // Only the kernel's gradient is wanted: one more matmul, not two.
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float64, {4, 3}});
    const Value w = graph.placeholder("w", {DType::float64, {3, 2}});
    const Value target = ops::reduce_all(graph, ops::Reduction::sum, ops::matmul(graph, x, w));
    differentiate(graph, target, std::vector{w});
    EXPECT_EQ(test::count(graph, "matmul"), 2);
}

TEST(Differentiate, RefusesATargetThatIsNoScalar) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float64, {2}});
    EXPECT_THROW(differentiate(graph, x, std::vector{x}), ShapeError);
}

}  // namespace
}  // namespace markhor::graph
