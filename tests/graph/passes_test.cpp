#include "graph/passes.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ops/comparison.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "support.hpp"

namespace markhor::graph {
namespace {

using test::count;
using test::make_variable;
using test::random_tensor;
using test::run;
using test::window;

// loss = sum(weights * max_pool(relu(conv(x, k) + b))), with the gradients of kernel and bias.
Graph small_training_graph() {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {2, 8, 8, 3}});
    const Value kernel = graph.variable(make_variable("kernel", random_tensor({3, 3, 3, 4}, 1)));
    const Value bias = graph.variable(make_variable("bias", random_tensor({4}, 2)));
    const Value map = ops::relu(graph, ops::convolution(graph, x, kernel, bias, window(3, 1)));
    const Value pooled = ops::max_pool(graph, map, window(2, 2));
    const Value weighted = ops::multiply(graph, pooled, graph.constant(random_tensor({2, 3, 3, 4}, 3)));
    const Value loss = ops::reduce_all(graph, ops::Reduction::sum, weighted);
    std::vector<Value> outputs{loss};
    for (const Value gradient : differentiate(graph, loss, std::vector{kernel, bias})) outputs.push_back(gradient);
    graph.set_outputs(outputs);
    return graph;
}

TEST(Passes, KeepWhatAGraphComputes) {
    const Graph graph = small_training_graph();
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 8, 8, 3}, 4)}};
    const auto wanted = run(graph, inputs);
    for (const auto pass : {merge_equal, drop_unused, fuse_activation, fuse_add, fuse_pooling, fold_padding,
                            mask_after_pooling, fuse_unpooling, fuse_mask, fold_batch_norm, optimize}) {
        const auto got = run(pass(graph), inputs);
        ASSERT_EQ(got.size(), wanted.size());
        for (std::size_t i = 0; i < got.size(); ++i) EXPECT_LE(test::largest_difference(got[i], wanted[i]), 1e-5);
    }
}

TEST(Passes, DifferentQuestionsAboutTheSameValuesStayApart) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {4}});
    const Value y = graph.placeholder("y", {DType::float32, {4}});
    std::vector<Value> answers;
    for (const auto kind : {ops::Comparison::equal, ops::Comparison::not_equal, ops::Comparison::greater,
                            ops::Comparison::greater_equal, ops::Comparison::greater})
        answers.push_back(ops::compare(graph, kind, x, y));
    graph.set_outputs(answers);
    const Graph merged = drop_unused(merge_equal(graph));
    EXPECT_EQ(count(merged, "greater"), 1) << merged.str();
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({4}, 1)}, {"y", random_tensor({4}, 2)}};
    const auto wanted = run(graph, inputs);
    const auto got = run(merged, inputs);
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(test::largest_difference(got[i], wanted[i]), 0) << i;
}

TEST(Passes, ReluBecomesTheConvolutionsEpilogue) {
    const Graph fused = fuse_activation(small_training_graph());
    EXPECT_EQ(count(fused, "relu"), 0) << fused.str();
    EXPECT_EQ(count(fused, "convolution"), 1) << fused.str();
}

TEST(Passes, AConvolutionThatIsReadElsewhereStaysWhole) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {1, 4, 4, 1}});
    const Value kernel = graph.placeholder("kernel", {DType::float32, {3, 3, 1, 2}});
    const Value map = ops::convolution(graph, x, kernel, {}, window(3, 1));
    graph.set_outputs({map, ops::relu(graph, map)});
    EXPECT_EQ(count(fuse_activation(graph), "relu"), 1);
}

TEST(Passes, TheMaskMovesToThePooledMap) {
    const Graph graph = optimize(small_training_graph());
    for (const Node& node : graph.nodes()) {
        if (node.op->name() == "relu_gradient") {
            EXPECT_EQ(node.outputs[0].shape, Shape({2, 3, 3, 4})) << graph.str();
        }
    }
    EXPECT_EQ(count(graph, "relu_gradient"), 1) << graph.str();
}

TEST(Passes, BatchNormFoldsIntoTheConvolutionBeforeIt) {
    for (const bool has_bias : {true, false}) {
        Graph graph;
        const Value x = graph.placeholder("x", {DType::float32, {2, 6, 6, 3}});
        const Value kernel = graph.variable(make_variable("kernel", random_tensor({3, 3, 3, 4}, 1)));
        const Value bias = has_bias ? graph.variable(make_variable("bias", random_tensor({4}, 2))) : Value{};
        const auto channel = [&](const char* name, std::uint64_t seed, float offset) {
            Tensor value = random_tensor({4}, seed);
            for (float& element : value.data<float>()) element += offset;
            return graph.variable(make_variable(name, value));
        };
        const Value map = ops::convolution(graph, x, kernel, bias, window(3, 1));
        const Value y = ops::batch_norm_inference(graph, map, channel("gamma", 3, 0), channel("beta", 4, 0),
                                                  channel("mean", 5, 0), channel("variance", 6, 1.5F), 1e-3);
        graph.set_outputs({ops::relu(graph, y)});
        const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 6, 6, 3}, 7)}};
        const Graph optimized = optimize(graph);
        EXPECT_EQ(count(optimized, "batch_norm_inference"), 0) << optimized.str();
        EXPECT_EQ(count(optimized, "relu"), 0) << optimized.str();
        EXPECT_LE(test::largest_difference(run(optimized, inputs)[0], run(graph, inputs)[0]), 2e-5);
    }
}

TEST(Passes, EachEpilogueIsFused) {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<std::pair<ops::UnaryKind, double>> functions = {{ops::UnaryKind::relu, infinity},
                                                                      {ops::UnaryKind::relu, 6.0},
                                                                      {ops::UnaryKind::silu, 0},
                                                                      {ops::UnaryKind::hard_silu, 0},
                                                                      {ops::UnaryKind::sigmoid, 0}};
    for (const auto& [kind, limit] : functions) {
        Graph graph;
        const Value x = graph.placeholder("x", {DType::float32, {1, 5, 5, 3}});
        const Value kernel = graph.variable(make_variable("kernel", random_tensor({3, 3, 3, 8}, 1)));
        const Value map = ops::convolution(graph, x, kernel, {}, window(3, 1));
        graph.set_outputs({ops::unary(graph, kind, map, limit)});
        const Graph fused = fuse_activation(graph);
        EXPECT_EQ(fused.nodes().size(), 3U) << fused.str();
        const std::map<std::string, Tensor> inputs{{"x", random_tensor({1, 5, 5, 3}, 2)}};
        EXPECT_LE(test::largest_difference(run(fused, inputs)[0], run(graph, inputs)[0]), 1e-6);
    }
}

// A residual block at inference: two convolutions with normalization, one of them behind a pad, a shortcut.
Graph residual_block(bool shortcut_has_a_convolution) {
    Graph graph;
    std::uint64_t seed = 1;
    const auto variable = [&](const std::string& name, const Shape& shape) {
        Tensor value = random_tensor(shape, seed++);
        if (name == "variance") {
            for (float& element : value.data<float>()) element += 1.5F;
        }
        return graph.variable(make_variable(name, value));
    };
    const auto normalized = [&](Value map) {
        return ops::batch_norm_inference(graph, map, variable("gamma", {8}), variable("beta", {8}),
                                         variable("mean", {8}), variable("variance", {8}), 1e-3);
    };
    const Value x = graph.placeholder("x", {DType::float32, {2, 6, 7, 8}});
    const Value padded = graph.add1(
        std::make_shared<ops::Pad>(std::vector<std::int64_t>{0, 1, 1, 0}, std::vector<std::int64_t>{0, 1, 1, 0}), {x});
    const Value inside = ops::relu(
        graph, normalized(ops::convolution(graph, padded, variable("kernel", {3, 3, 8, 8}), {}, window(3, 1))));
    const Value last = normalized(ops::convolution(graph, inside, variable("kernel", {1, 1, 8, 8}), {}, window(1, 1)));
    const Value shortcut =
        shortcut_has_a_convolution
            ? normalized(ops::convolution(graph, x, variable("kernel", {1, 1, 8, 8}), {}, window(1, 1)))
            : x;
    graph.set_outputs({ops::relu(graph, ops::add(graph, shortcut, last))});
    return graph;
}

TEST(Passes, AResidualBlockBecomesItsConvolutions) {
    for (const bool projected : {false, true}) {
        const Graph graph = residual_block(projected);
        const Graph optimized = optimize(graph);
        EXPECT_EQ(count(optimized, "convolution"), projected ? 3 : 2) << optimized.str();
        for (const char* gone : {"relu", "pad", "batch_norm_inference"}) EXPECT_EQ(count(optimized, gone), 0);
        const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 6, 7, 8}, 40)}};
        const Tensor wanted = run(graph, inputs)[0];
        EXPECT_LE(test::largest_difference(run(optimized, inputs)[0], wanted), 1e-4);
        EXPECT_LE(test::largest_difference(run(optimized, inputs, engine::cpu())[0], wanted), 1e-4);
    }
}

TEST(Passes, ASumThatTheConvolutionsResultOutlivesIsNotFused) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {1, 4, 4, 2}});
    const Value kernel = graph.placeholder("kernel", {DType::float32, {1, 1, 2, 2}});
    const Value row = graph.placeholder("row", {DType::float32, {2}});
    const Value map = ops::convolution(graph, x, kernel, {}, window(1, 1));
    const Value other = ops::convolution(graph, map, kernel, {}, window(1, 1));
    // One is read twice, one is added to itself, one to a value of another shape.
    graph.set_outputs({ops::add(graph, map, x), ops::add(graph, other, other), ops::add(graph, map, row)});
    EXPECT_EQ(count(fuse_add(graph), "add"), 3);
}

TEST(Passes, PoolingBecomesPartOfTheConvolution) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {2, 9, 8, 3}});
    const Value kernel = graph.variable(make_variable("kernel", random_tensor({3, 3, 3, 8}, 1)));
    const Value map = ops::relu(graph, ops::convolution(graph, x, kernel, {}, window(3, 1)));
    graph.set_outputs({ops::max_pool(graph, map, window(2, 2))});
    const Graph optimized = optimize(graph);
    EXPECT_EQ(count(optimized, "max_pool"), 0) << optimized.str();
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 9, 8, 3}, 4)}};
    const Tensor wanted = run(graph, inputs)[0];
    EXPECT_LE(test::largest_difference(run(optimized, inputs)[0], wanted), 1e-6);
    EXPECT_LE(test::largest_difference(run(optimized, inputs, engine::cpu())[0], wanted), 1e-5);
}

TEST(Passes, PoolingAndItsGradientBecomePartOfTheConvolutionsInATrainingStep) {
    const Graph graph = optimize(small_training_graph());
    for (const char* name : {"max_pool", "max_pool_gradient"}) EXPECT_EQ(count(graph, name), 0) << graph.str();
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 8, 8, 3}, 4)}};
    const auto wanted = run(small_training_graph(), inputs);
    const auto got = run(graph, inputs, engine::cpu());
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_LE(test::largest_difference(got[i], wanted[i]), 1e-5);
}

// The gradients of two convolutions with a pooling between them, of which `kernel` has this many taps along an axis.
Graph two_convolutions(std::int64_t taps) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {1, 16, 15, 4}});
    const Value first = graph.variable(make_variable("first", random_tensor({3, 3, 4, 8}, 1)));
    const Value second = graph.variable(make_variable("second", random_tensor({taps, taps, 8, 8}, 2)));
    const Value map = ops::relu(graph, ops::convolution(graph, x, first, {}, window(3, 1)));
    const Value next = ops::relu(graph, ops::convolution(graph, map, second, {}, window(taps, 1)));
    const Value pooled = ops::max_pool(graph, next, window(2, 2));
    const Value loss = ops::reduce_all(graph, ops::Reduction::sum, pooled);
    graph.set_outputs(differentiate(graph, loss, std::vector{first, second}));
    return graph;
}

TEST(Passes, GradientsTakeThePlacesOfMaximaAndTheMaskOfTheReluBefore) {
    const Graph graph = two_convolutions(3);
    const Graph optimized = optimize(graph);
    EXPECT_EQ(count(optimized, "max_pool_gradient"), 0) << optimized.str();
    EXPECT_EQ(count(optimized, "relu_gradient"), 1) << optimized.str();  // of the pooled map
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({1, 16, 15, 4}, 4)}};
    const auto wanted = run(graph, inputs);
    for (const Engine* engine : {&engine::reference(), &engine::cpu()}) {
        const auto got = run(optimized, inputs, *engine);
        for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_LE(test::largest_difference(got[i], wanted[i]), 2e-5);
    }
}

TEST(Passes, TheFullMapsGradientIsMadeOnceForTwoReadersThatNeedItWhole) {
    EXPECT_EQ(count(optimize(two_convolutions(5)), "max_pool_gradient"), 1);
}

TEST(Passes, ZerosAroundAPoolingAreFoldedOnlyAfterARelu) {
    for (const bool positive : {true, false}) {
        Graph graph;
        const Value x = graph.placeholder("x", {DType::float32, {1, 7, 7, 3}});
        const Value image = positive ? ops::relu(graph, x) : x;
        const Value padded = graph.add1(
            std::make_shared<ops::Pad>(std::vector<std::int64_t>{0, 1, 1, 0}, std::vector<std::int64_t>{0, 1, 1, 0}),
            {image});
        graph.set_outputs({ops::max_pool(graph, padded, window(3, 2))});
        const Graph folded = fold_padding(graph);
        EXPECT_EQ(count(folded, "pad"), positive ? 0 : 1);
        const std::map<std::string, Tensor> inputs{{"x", random_tensor({1, 7, 7, 3}, 4)}};
        EXPECT_EQ(test::largest_difference(run(folded, inputs)[0], run(graph, inputs)[0]), 0);
    }
}

TEST(Passes, EqualNodesBecomeOne) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {3}});
    const Value a = ops::unary(graph, ops::UnaryKind::tanh, x);
    const Value b = ops::unary(graph, ops::UnaryKind::tanh, x);
    const Value c = ops::unary(graph, ops::UnaryKind::scale, x, 2.0, 0.0);
    const Value d = ops::unary(graph, ops::UnaryKind::scale, x, 3.0, 0.0);
    graph.set_outputs({ops::add(graph, a, b), ops::add(graph, c, d)});
    const Graph merged = drop_unused(merge_equal(graph));
    EXPECT_EQ(count(merged, "tanh"), 1) << merged.str();
    EXPECT_EQ(count(merged, "scale"), 2) << merged.str();
}

TEST(Passes, UnusedNodesGoButPlaceholdersStay) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {3}});
    graph.placeholder("unread", {DType::float32, {3}});
    ops::unary(graph, ops::UnaryKind::tanh, x);
    graph.set_outputs({ops::relu(graph, x)});
    const Graph kept = drop_unused(graph);
    EXPECT_EQ(count(kept, "tanh"), 0);
    EXPECT_EQ(count(kept, "placeholder"), 2);
}

}  // namespace
}  // namespace markhor::graph
