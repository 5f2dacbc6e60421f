// Graphs whose values are rounded to bfloat16: what the passes make of them computes the same and keeps it in memory.
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/passes.hpp"
#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/in_bfloat16.hpp"
#include "ops/normalization.hpp"
#include "ops/pooling.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "support.hpp"

namespace markhor::graph {
namespace {

using test::count;
using test::random_tensor;
using test::run;
using test::window;

Value weight(Graph& graph, const std::string& path, const Shape& shape, std::uint64_t seed) {
    return graph.variable(test::make_variable(path, random_tensor(shape, seed)));
}

// A layer's values, rounded as LayerBase::lower() does it: conv with relu, max pooling, batch normalization, mean.
struct Layers {
    Graph graph;
    Value kernel, bias, result;
};

Layers layers(bool training) {
    Layers made;
    Graph& graph = made.graph;
    const Value x = ops::rounded(graph, graph.placeholder("x", {DType::float32, {2, 8, 8, 3}}));
    made.kernel = weight(graph, "kernel", {3, 3, 3, 4}, 1);
    made.bias = weight(graph, "bias", {4}, 2);
    const Value map =
        ops::rounded(graph, ops::relu(graph, ops::convolution(graph, x, ops::rounded(graph, made.kernel),
                                                              ops::rounded(graph, made.bias), window(3, 1))));
    // A layer that only selects, whose result is rounded all the same.
    const Value pooled = ops::rounded(
        graph,
        ops::cast(graph, ops::cast(graph, ops::max_pool(graph, map, window(2, 2)), DType::bfloat16), DType::float32));
    const Value gamma = weight(graph, "gamma", {4}, 3), beta = weight(graph, "beta", {4}, 4);
    const Value normal = training ? ops::batch_norm_training(graph, pooled, gamma, beta, 1e-3).y
                                  : ops::batch_norm_inference(graph, pooled, gamma, beta, beta,
                                                              graph.constant(Tensor::full({4}, 2)), 1e-3);
    const Value mean = ops::reduce(graph, ops::Reduction::mean, ops::rounded(graph, normal), std::vector<int>{1, 2});
    made.result = ops::rounded(graph, mean);
    return made;
}

int narrow_nodes(const Graph& graph) {
    return static_cast<int>(std::ranges::count_if(
        graph.nodes(), [](const Node& node) { return ops::as<ops::InBfloat16>(*node.op) != nullptr; }));
}

TEST(Bfloat16Passes, KeepWhatAGraphComputes) {
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 8, 8, 3}, 4)}};
    Layers inference = layers(false);
    inference.graph.set_outputs({inference.result});
    const auto wanted = run(inference.graph, inputs);
    for (const auto pass : {settle_roundings, use_bfloat16, fuse_activation, fuse_pooling, optimize}) {
        EXPECT_LE(test::largest_difference(run(pass(inference.graph), inputs)[0], wanted[0]), 1.0 / 256);
    }
    EXPECT_LE(test::largest_difference(run(optimize(inference.graph), inputs, engine::cpu())[0], wanted[0]), 1.0 / 256);
}

TEST(Bfloat16Passes, InferenceIsFusedAcrossRoundingsAndLiesInBfloat16) {
    Layers made = layers(false);
    made.graph.set_outputs({made.result});
    const Graph planned = optimize(made.graph);
    EXPECT_EQ(count(planned, "relu"), 0) << planned.str();
    EXPECT_EQ(count(planned, "max_pool"), 0) << planned.str();
    EXPECT_EQ(narrow_nodes(planned), 3) << planned.str();  // convolution with its tail, normalization, mean
    // The image, kernel and bias are rounded (the bias then widened), and the result is widened.
    EXPECT_EQ(count(planned, "cast"), 5) << planned.str();
}

// As in ResNet: convolution, normalization, sum and activation are layers of their own, and each rounds its result.
TEST(Bfloat16Passes, LayersOfTheirOwnAreFusedAcrossTheirRoundings) {
    Graph graph;
    const Value x = ops::rounded(graph, graph.placeholder("x", {DType::float32, {2, 8, 8, 4}}));
    const Value kernel = weight(graph, "kernel", {3, 3, 4, 4}, 1);
    ops::Window same = window(3, 1);
    same.pad_before = same.pad_after = {0, 1, 1};
    const Value bias = weight(graph, "bias", {4}, 2);
    const Value map =
        ops::rounded(graph, ops::convolution(graph, x, ops::rounded(graph, kernel), ops::rounded(graph, bias), same));
    const Value normal = ops::rounded(
        graph, ops::batch_norm_inference(graph, map, bias, bias, bias, graph.constant(Tensor::full({4}, 2)), 1e-3));
    const Value sum = ops::rounded(graph, ops::add(graph, x, normal));
    graph.set_outputs({ops::rounded(graph, ops::relu(graph, sum))});
    const Graph planned = optimize(graph);
    for (const char* op : {"batch_norm_inference", "add", "relu"}) {
        // Folding computes the new bias by one sum of the weights.
        EXPECT_EQ(count(planned, op), op == std::string("add") ? 1 : 0) << planned.str();
    }
    EXPECT_EQ(narrow_nodes(planned), 1) << planned.str();
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 8, 8, 4}, 4)}};
    const auto wanted = run(graph, inputs);
    for (const graph::Engine* engine : {&engine::reference(), &engine::cpu()}) {
        EXPECT_LE(test::largest_difference(run(planned, inputs, *engine)[0], wanted[0]), 1.0 / 32) << engine->name();
    }
}

TEST(Bfloat16Passes, TrainingKeepsItsMeaningWithNarrowMaps) {
    Layers made = layers(true);
    Graph& graph = made.graph;
    const Value weighted = ops::multiply(graph, made.result, graph.constant(random_tensor({2, 4}, 7)));
    const Value loss = ops::reduce_all(graph, ops::Reduction::sum, weighted);
    std::vector<Value> outputs{loss};
    for (const Value gradient : differentiate(graph, loss, std::vector{made.kernel, made.bias})) {
        EXPECT_EQ(graph.spec(gradient).dtype, DType::float32);
        outputs.push_back(gradient);
    }
    graph.set_outputs(outputs);
    const std::map<std::string, Tensor> inputs{{"x", random_tensor({2, 8, 8, 3}, 4)}};
    const auto wanted = run(graph, inputs);
    const Graph planned = optimize(graph);
    for (const graph::Engine* engine : {&engine::reference(), &engine::cpu()}) {
        const auto got = run(planned, inputs, *engine);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const double scale = test::largest_difference(wanted[i], Tensor::zeros(wanted[i].shape()));
            ASSERT_GT(scale, 1e-4) << i;
            EXPECT_LE(test::largest_difference(got[i], wanted[i]), scale / 64) << engine->name() << " " << i;
        }
    }
    // No map is float32: neither forward nor backward.
    for (const Node& node : planned.nodes()) {
        for (const TensorSpec& output : node.outputs) {
            const bool is_map = output.shape.rank() == 4 && output.shape[0] == 2 && output.shape[3] == 4;
            if (is_map && output.dtype != DType::uint8) {
                EXPECT_EQ(output.dtype, DType::bfloat16) << planned.str();
            }
        }
    }
}

TEST(Bfloat16Passes, LeaveGraphsWithoutRoundingsAlone) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {2, 8, 8, 3}});
    graph.set_outputs({ops::relu(graph, x)});
    EXPECT_FALSE(has_bfloat16(graph));
    EXPECT_EQ(use_bfloat16(graph).str(), graph.str());
    EXPECT_EQ(settle_roundings(graph).str(), graph.str());
}

}  // namespace
}  // namespace markhor::graph
