#include "graph/batch_slices.hpp"

#include <gtest/gtest.h>

#include "engine/engines.hpp"
#include "graph/passes.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "support.hpp"

namespace markhor::graph {
namespace {

using test::random_tensor;
using test::window;

constexpr std::int64_t batch = 8;

// Two convolutions, pooling, and the mean over what is left, of images of this side.
Graph network(std::int64_t side) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {batch, side, side, 3}});
    const Value first = graph.constant(random_tensor({3, 3, 3, 32}, 1));
    const Value second = graph.constant(random_tensor({3, 3, 32, 32}, 2));
    Value y = ops::relu(graph, ops::convolution(graph, x, first, {}, window(3, 1)));
    y = ops::max_pool(graph, ops::convolution(graph, y, second, {}, window(3, 1)), window(2, 2));
    graph.set_outputs({ops::reduce(graph, ops::Reduction::mean, y, {1, 2})});
    return graph;
}

std::int64_t at_once(const Graph& graph) {
    return examples_at_once(*Executable::make(optimize(graph), engine::cpu()), batch);
}

TEST(BatchSlices, ABatchThatFitsTheCacheIsComputedWhole) { EXPECT_EQ(at_once(network(40)), batch); }

TEST(BatchSlices, ALargeOneIsComputedInEqualParts) {
    const std::int64_t few = at_once(network(320));
    EXPECT_LT(few, batch);
    EXPECT_EQ(batch % few, 0);
}

TEST(BatchSlices, EnoughAtATimeThatTheWeightsAreNotReadTooOften) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {batch, 160, 160, 3}});
    const Value y = ops::convolution(graph, x, graph.constant(random_tensor({3, 3, 3, 64}, 1)), {}, window(3, 1));
    const Value mean = ops::reduce(graph, ops::Reduction::mean, y, {1, 2});
    const Value wide = graph.constant(Tensor::zeros({64, 1 << 20}));
    const Value out = graph.add1(std::make_shared<ops::MatMul>(false, false), {mean, wide});
    graph.set_outputs({ops::reduce(graph, ops::Reduction::max, out, {1})});
    EXPECT_EQ(at_once(graph), batch);
}

// The graph of one op on (batch, 4, 4, 3), made by `make`(graph, x).
template <class Make>
bool apart(const Make& make) {
    Graph graph;
    graph.set_outputs({make(graph, graph.placeholder("x", {DType::float32, {batch, 4, 4, 3}}))});
    return keeps_examples_apart(graph, batch);
}

TEST(BatchSlices, ExamplesThatMeetAreKeptTogether) {
    EXPECT_FALSE(apart([](Graph& g, Value x) { return ops::reduce(g, ops::Reduction::sum, x, {0}, true); }));
    EXPECT_FALSE(apart([](Graph& g, Value x) { return ops::concatenate(g, {x, x}, 0); }));
    EXPECT_FALSE(apart([](Graph& g, Value x) { return ops::transpose(g, x, {1, 0, 2, 3}); }));
    EXPECT_FALSE(apart([](Graph& g, Value x) { return ops::slice(g, x, {0, 0, 0, 0}, {4, 4, 4, 3}); }));
    EXPECT_FALSE(apart([](Graph& g, Value x) { return ops::pad(g, x, {1, 0, 0, 0}, {0, 0, 0, 0}); }));
    EXPECT_FALSE(
        apart([](Graph& g, Value x) { return ops::add(g, x, ops::reduce(g, ops::Reduction::mean, x, {0}, true)); }));
    // Rows of one example only from here on, but the softmax runs over all of them.
    EXPECT_FALSE(apart([](Graph& g, Value x) {
        return g.add1(std::make_shared<ops::Softmax>(), {ops::reshape(g, x, {batch * 48})});
    }));
    EXPECT_FALSE(apart([](Graph& g, Value) { return g.constant(Tensor::zeros({batch, 2})); }));
}

TEST(BatchSlices, WhatWorksOnEachExampleAloneDoesNotMixThem) {
    EXPECT_TRUE(apart([](Graph& g, Value x) { return ops::concatenate(g, {x, x}, 3); }));
    EXPECT_TRUE(apart([](Graph& g, Value x) { return ops::transpose(g, x, {0, 3, 1, 2}); }));
    EXPECT_TRUE(apart([](Graph& g, Value x) { return ops::add(g, x, g.constant(random_tensor({3}, 1))); }));
    EXPECT_TRUE(apart([](Graph& g, Value x) {
        const Value rows = ops::reshape(g, x, {batch * 16, 3});
        const Value product =
            g.add1(std::make_shared<ops::MatMul>(false, false), {rows, g.constant(random_tensor({3, 5}, 1))});
        return ops::reshape(g, g.add1(std::make_shared<ops::Softmax>(), {product}), {batch, 4, 4, 5});
    }));
}

}  // namespace
}  // namespace markhor::graph
