#include "graph/passes.hpp"

#include <gtest/gtest.h>

#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "support.hpp"

namespace markhor::graph {
namespace {

using test::count;
using test::random_tensor;
using test::run;

ops::Window window(std::int64_t size, std::int64_t stride) {
    return {.rank = 2, .size = {1, size, size}, .stride = {1, stride, stride}};
}

VariablePtr make_variable(const std::string& path, const Tensor& value) {
    return std::make_shared<Variable>(Variable{path, path, value, true});
}

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
    for (const auto pass : {merge_equal, drop_unused, fuse_relu, mask_after_pooling, fold_batch_norm, optimize}) {
        const auto got = run(pass(graph), inputs);
        ASSERT_EQ(got.size(), wanted.size());
        for (std::size_t i = 0; i < got.size(); ++i) EXPECT_LE(test::largest_difference(got[i], wanted[i]), 1e-5);
    }
}

TEST(Passes, ReluBecomesTheConvolutionsEpilogue) {
    const Graph fused = fuse_relu(small_training_graph());
    EXPECT_EQ(count(fused, "relu"), 0) << fused.str();
    EXPECT_EQ(count(fused, "convolution"), 1) << fused.str();
}

TEST(Passes, AConvolutionThatIsReadElsewhereStaysWhole) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {1, 4, 4, 1}});
    const Value kernel = graph.placeholder("kernel", {DType::float32, {3, 3, 1, 2}});
    const Value map = ops::convolution(graph, x, kernel, {}, window(3, 1));
    graph.set_outputs({map, ops::relu(graph, map)});
    EXPECT_EQ(count(fuse_relu(graph), "relu"), 1);
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
