// Batch normalization folded into what reads it: the same numbers, without the normalized map.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "graph/passes.hpp"
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
using test::window;

enum class Reader { convolution, padded, mean, mean_keepdims };

Value variable(Graph& graph, const std::string& name, const Shape& shape, DType dtype, std::uint64_t seed) {
    return graph.variable(test::make_variable(name, random_tensor(shape, seed, dtype)));
}

// loss = sum(weights * reader(batch_norm(max_pool(relu(conv(x)))))) with the gradients of all that is trained.
Graph network(Reader reader, DType dtype, bool has_bias = true) {
    Graph graph;
    const Value x = graph.placeholder("x", {dtype, {3, 14, 13, 2}});
    const Value first = variable(graph, "first", {3, 3, 2, 5}, dtype, 1);
    const Value map = ops::relu(graph, ops::convolution(graph, x, first, {}, window(3, 1)));
    const Value pooled = ops::max_pool(graph, map, window(2, 2));
    const Value gamma = variable(graph, "gamma", {5}, dtype, 2);
    const Value beta = variable(graph, "beta", {5}, dtype, 3);
    const auto norm = ops::batch_norm_training(graph, pooled, gamma, beta, 1e-3);
    std::vector<Value> trained{first, gamma, beta};
    Value y;
    if (reader == Reader::mean || reader == Reader::mean_keepdims) {
        y = ops::reduce(graph, ops::Reduction::mean, norm.y, {1, 2}, reader == Reader::mean_keepdims);
    } else {
        trained.push_back(variable(graph, "second", {3, 3, 5, 4}, dtype, 4));
        Value bias;
        if (has_bias) trained.push_back(bias = variable(graph, "bias", {4}, dtype, 5));
        ops::Window taps = window(3, 1);
        if (reader == Reader::padded) taps.pad_before[1] = taps.pad_after[1] = 1;
        y = ops::relu(graph, ops::convolution(graph, norm.y, trained[3], bias, taps));
    }
    const Value weights = graph.constant(random_tensor(graph.spec(y).shape, 6, dtype));
    const Value loss = ops::reduce_all(graph, ops::Reduction::sum, ops::multiply(graph, y, weights));
    std::vector<Value> outputs{loss, norm.mean, norm.variance};
    for (const Value gradient : differentiate(graph, loss, trained)) outputs.push_back(gradient);
    graph.set_outputs(outputs);
    return graph;
}

std::map<std::string, Tensor> images(DType dtype) { return {{"x", random_tensor({3, 14, 13, 2}, 7, dtype)}}; }

double largest_error(const std::vector<Tensor>& got, const std::vector<Tensor>& wanted) {
    double largest = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const Tensor a = got[i].cast(DType::float64), b = wanted[i].cast(DType::float64);
        double scale = 1;
        for (const double value : b.data<double>()) scale = std::max(scale, std::abs(value));
        for (std::size_t k = 0; k < b.data<double>().size(); ++k) {
            largest = std::max(largest, std::abs(a.data<double>()[k] - b.data<double>()[k]) / scale);
        }
    }
    return largest;
}

TEST(FoldTrainingNorm, IsExactInDoublePrecision) {
    for (const Reader reader : {Reader::convolution, Reader::mean, Reader::mean_keepdims}) {
        for (const bool has_bias : {true, false}) {
            const Graph graph = network(reader, DType::float64, has_bias);
            const Graph folded = fold_training_norm(graph);
            EXPECT_EQ(count(folded, "batch_norm_training_gradient"), 0) << folded.str();
            const auto inputs = images(DType::float64);
            EXPECT_LT(largest_error(run(folded, inputs), run(graph, inputs)), 1e-13);
        }
    }
}

TEST(FoldTrainingNorm, WithAllPassesOnTheCpuEngineIsWithinAFewRoundings) {
    for (const Reader reader : {Reader::convolution, Reader::mean}) {
        const Graph graph = network(reader, DType::float32);
        const Graph optimized = optimize(graph);
        EXPECT_EQ(count(optimized, "batch_norm_training_gradient"), 0) << optimized.str();
        const auto inputs = images(DType::float32);
        EXPECT_LT(largest_error(run(optimized, inputs, engine::cpu()), run(graph, inputs)), 5e-6);
    }
}

TEST(FoldTrainingNorm, TheNormalizedMapIsNotWritten) {
    const Graph folded = fold_training_norm(network(Reader::convolution, DType::float32));
    for (const Node& node : folded.nodes()) {
        for (const Value input : node.inputs) {
            const bool reads_map = input.output == 0 && folded.producer(input).name() == "batch_norm_training";
            EXPECT_FALSE(reads_map) << folded.str();
        }
    }
}

TEST(FoldTrainingNorm, ZerosAroundTheMapWouldBeShiftedToo) {
    const Graph graph = network(Reader::padded, DType::float32);
    EXPECT_EQ(count(fold_training_norm(graph), "batch_norm_training_gradient"), 1);
}

TEST(FoldTrainingNorm, AMapThatIsReadElsewhereIsWritten) {
    Graph graph = network(Reader::convolution, DType::float32);
    std::vector<Value> outputs = graph.outputs();
    for (int i = 0; i < static_cast<int>(graph.nodes().size()); ++i) {
        if (graph.nodes()[static_cast<std::size_t>(i)].op->name() == "batch_norm_training") outputs.push_back({i, 0});
    }
    graph.set_outputs(outputs);
    EXPECT_EQ(count(fold_training_norm(graph), "batch_norm_training_gradient"), 1);
}

}  // namespace
}  // namespace markhor::graph
