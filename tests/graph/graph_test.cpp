#include "graph/graph.hpp"

#include <gtest/gtest.h>

#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"

namespace markhor::graph {
namespace {

VariablePtr make_variable(const std::string& path, Shape shape) {
    return std::make_shared<Variable>(Variable{path, path, Tensor::zeros(std::move(shape)), true});
}

TEST(Graph, KnowsShapesAsNodesAreAdded) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {4, 3}});
    const Value w = graph.variable(make_variable("w", {3, 2}));
    EXPECT_EQ(graph.spec(ops::matmul(graph, x, w)).shape, Shape({4, 2}));
}

TEST(Graph, NamesTheLayerWhereShapesDoNotFit) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {4, 3}});
    const Value w = graph.variable(make_variable("w", {5, 2}));
    graph.set_label("dense_7");
    try {
        ops::matmul(graph, x, w);
        FAIL() << "matmul took a (5, 2) kernel for (4, 3)";
    } catch (const ShapeError& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("dense_7"), std::string::npos) << text;
        EXPECT_NE(text.find("(4, 3)"), std::string::npos) << text;
        EXPECT_NE(text.find("(5, 2)"), std::string::npos) << text;
    }
}

TEST(Graph, ReadsAVariableThroughOneNode) {
    Graph graph;
    const VariablePtr w = make_variable("w", {2});
    EXPECT_EQ(graph.variable(w), graph.variable(w));
    EXPECT_EQ(graph.nodes().size(), 1U);
}

TEST(Graph, RefusesToAssignAnotherShape) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {3}});
    EXPECT_THROW(graph.assign(make_variable("w", {2}), x), ShapeError);
}

TEST(Graph, PrintsOneLineANode) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {2}});
    graph.set_label("activation");
    graph.set_outputs({ops::relu(graph, x)});
    const std::string text = graph.str();
    EXPECT_NE(text.find("%0 = placeholder[x] -> (2,)"), std::string::npos) << text;
    EXPECT_NE(text.find("# activation"), std::string::npos) << text;
    EXPECT_NE(text.find("return %1"), std::string::npos) << text;
}

}  // namespace
}  // namespace markhor::graph
