#include "graph/executable.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "ops/convolution.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "ops/update.hpp"
#include "support.hpp"

namespace markhor::graph {
namespace {

using test::make_variable;
using test::random_tensor;

TEST(Executable, ReusesMemoryOnceAValueIsRead) {
    // A chain of 20 matmuls of 64x64: never more than two maps are alive.
    Graph graph;
    Value value = graph.placeholder("x", {DType::float32, {64, 64}});
    const Value w = graph.variable(make_variable("w", random_tensor({64, 64}, 1)));
    for (int i = 0; i < 20; ++i) value = ops::matmul(graph, value, w);
    graph.set_outputs({value});
    const auto executable = Executable::make(graph, engine::reference());
    EXPECT_LE(executable->arena_bytes(), std::size_t{2 * 64 * 64 * 4 + 4096});
}

TEST(Executable, WorksInPlaceWhereNothingReadsTheInputLater) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {1000}});
    Value value = ops::unary(graph, ops::UnaryKind::scale, x, 2.0, 0.0);
    for (int i = 0; i < 5; ++i) value = ops::unary(graph, ops::UnaryKind::scale, value, 1.0, 1.0);
    graph.set_outputs({value});
    const auto executable = Executable::make(graph, engine::reference());
    EXPECT_LE(executable->arena_bytes(), std::size_t{4000 + 256});
    const Tensor x_value = random_tensor({1000}, 2);
    const Tensor before = x_value.clone();
    const auto outputs = test::run(graph, {{"x", x_value}});
    for (std::size_t i = 0; i < 1000; ++i) {
        EXPECT_FLOAT_EQ(outputs[0].data<float>()[i], 2 * before.data<float>()[i] + 5);
        EXPECT_EQ(x_value.data<float>()[i], before.data<float>()[i]) << "fed data was overwritten";
    }
}

TEST(Executable, AValueReadTwiceIsNotOverwritten) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {100}});
    const Value twice = ops::unary(graph, ops::UnaryKind::scale, x, 2.0, 0.0);
    const Value more = ops::unary(graph, ops::UnaryKind::scale, twice, 1.0, 1.0);
    graph.set_outputs({ops::add(graph, twice, more)});
    const auto outputs = test::run(graph, {{"x", Tensor::full({100}, 3)}});
    EXPECT_EQ(outputs[0].data<float>()[99], 13);
}

TEST(Executable, AViewKeepsItsSourceAlive) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {4, 4}});
    const Value doubled = ops::unary(graph, ops::UnaryKind::scale, x, 2.0, 0.0);
    const Value view = ops::reshape(graph, doubled, {16});
    Value other = ops::unary(graph, ops::UnaryKind::tanh, x);
    for (int i = 0; i < 3; ++i) other = ops::unary(graph, ops::UnaryKind::tanh, other);
    graph.set_outputs({ops::add(graph, view, ops::reshape(graph, other, {16})), view});
    const auto outputs = test::run(graph, {{"x", Tensor::full({4, 4}, 1)}});
    EXPECT_EQ(outputs[1].data<float>()[15], 2);
    EXPECT_EQ(outputs[1].shape(), Shape({16}));
}

TEST(Executable, UpdatesVariablesInTheirOwnMemory) {
    const VariablePtr moving = make_variable("moving", Tensor::full({8}, 1));
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {8}});
    const Value next = graph.add1(std::make_shared<ops::MovingAverage>(0.5), {graph.variable(moving), x});
    graph.assign(moving, next);
    Execution execution(Executable::make(graph, engine::reference()));
    execution.feed("x", Tensor::full({8}, 3));
    const float* memory = moving->value.data<float>().data();
    execution.run();
    EXPECT_EQ(moving->value.data<float>().data(), memory);
    EXPECT_EQ(moving->value.data<float>()[0], 2);
    execution.run();
    EXPECT_EQ(moving->value.data<float>()[0], 2.5F);
}

TEST(Executable, AssignsAfterAllHaveReadTheOldValue) {
    // The variable is read after its new value is computed: the reader must see the old one.
    const VariablePtr w = make_variable("w", Tensor::full({4}, 1));
    Graph graph;
    const Value old = graph.variable(w);
    const Value next = ops::unary(graph, ops::UnaryKind::scale, old, 2.0, 0.0);
    graph.assign(w, next);
    graph.set_outputs({ops::unary(graph, ops::UnaryKind::scale, old, 10.0, 0.0)});
    const auto outputs = test::run(graph, {});
    EXPECT_EQ(outputs[0].data<float>()[0], 10);
    EXPECT_EQ(w->value.data<float>()[0], 2);
}

TEST(Executable, SeesANewBufferOfAVariable) {
    const VariablePtr w = make_variable("w", Tensor::full({4}, 1));
    Graph graph;
    graph.set_outputs({ops::unary(graph, ops::UnaryKind::scale, graph.variable(w), 2.0, 0.0)});
    Execution execution(Executable::make(graph, engine::reference()));
    execution.run();
    w->value = Tensor::full({4}, 7);
    execution.run();
    EXPECT_EQ(execution.output(0).data<float>()[0], 14);
}

// scale * x + offset, where the scale is a product of two variables that the graph does not assign.
struct Scaled {
    Scaled() {
        const Value x = graph.placeholder("x", {DType::float32, {4}});
        const Value scale = ops::multiply(graph, graph.variable(a), graph.variable(b));
        graph.set_outputs({ops::multiply(graph, x, scale)});
    }
    VariablePtr a = make_variable("a", Tensor::full({4}, 2));
    VariablePtr b = make_variable("b", Tensor::full({4}, 3));
    Graph graph;
};

TEST(Executable, KeepsWhatDependsOnVariablesAloneUntilTheyChange) {
    const Scaled scaled;
    const auto executable = Executable::make(scaled.graph, engine::reference());
    EXPECT_EQ(executable->kept_bytes(), std::size_t{64});
    Execution execution(executable);
    execution.feed("x", Tensor::full({4}, 1));
    std::vector<double> seconds;
    execution.run_timed(seconds);
    EXPECT_EQ(execution.output(0).data<float>()[3], 6);
    EXPECT_EQ(std::ranges::count_if(seconds, [](double spent) { return spent > 0; }), 1)
        << "the scale is not run again";

    scaled.a->value.data<float>()[3] = 5;
    execution.run();
    EXPECT_EQ(execution.output(0).data<float>()[3], 15);
    EXPECT_EQ(execution.output(0).data<float>()[0], 6);
    scaled.b->value = Tensor::full({4}, 1);
    execution.run();
    EXPECT_EQ(execution.output(0).data<float>()[0], 2);
}

TEST(Executable, SeesWhatAnotherGraphAssigned) {
    const Scaled scaled;
    Execution reader(Executable::make(scaled.graph, engine::reference()));
    reader.feed("x", Tensor::full({4}, 1));
    reader.run();
    Graph step;
    const Value gradient = step.placeholder("g", {DType::float32, {4}});
    const Value rate = step.placeholder("rate", {DType::float32, {}});
    const Value old = step.variable(scaled.a);
    step.assign(scaled.a, step.add1(std::make_shared<ops::SgdStep>(0.0, false), {old, gradient, rate}));
    Execution writer(Executable::make(step, engine::reference()));
    writer.feed("g", Tensor::full({4}, 1));
    writer.feed("rate", Tensor::full({}, 1));
    for (int i = 1; i <= 2; ++i) {
        writer.run();
        reader.run();
        EXPECT_EQ(reader.output(0).data<float>()[0], static_cast<float>(3 * (2 - i)));
    }
}

TEST(Executable, KeepsNothingOfVariablesThatItAssigns) {
    Graph graph;
    const VariablePtr w = make_variable("w", Tensor::full({4}, 1));
    const Value value = graph.variable(w);
    const Value doubled = ops::add(graph, value, value);
    graph.assign(w, doubled);
    graph.set_outputs({doubled});
    const auto executable = Executable::make(graph, engine::reference());
    EXPECT_EQ(executable->kept_bytes(), std::size_t{0});
    Execution execution(executable);
    for (int i = 0; i < 3; ++i) execution.run();
    EXPECT_EQ(w->value.data<float>()[0], 8);
}

TEST(Executable, KernelsPrepareFixedWeightsOnce) {
    Graph graph;
    const VariablePtr kernel = make_variable("kernel", random_tensor({3, 3, 64, 64}, 1));
    const Value x = graph.placeholder("x", {DType::float32, {1, 24, 24, 64}});
    const ops::Window window{.rank = 2, .size = {1, 3, 3}};
    graph.set_outputs({ops::convolution(graph, x, graph.variable(kernel), {}, window)});
    const auto executable = Executable::make(graph, engine::cpu());
    EXPECT_GE(executable->kept_bytes(), kernel->value.bytes());
    const Tensor image = random_tensor({1, 24, 24, 64}, 2);
    Execution execution(executable);
    execution.feed("x", image);
    for (const std::uint64_t seed : {1U, 3U}) {
        kernel->value = random_tensor({3, 3, 64, 64}, seed);
        execution.run();
        const Tensor wanted = test::run(graph, {{"x", image}})[0];
        EXPECT_LE(test::largest_difference(execution.output(0), wanted), 4e-4);  // 1e-5 of sums up to 40
    }
}

TEST(Execution, SaysWhatItWasNotFedAndWhatDoesNotFit) {
    Graph graph;
    graph.set_outputs({ops::relu(graph, graph.placeholder("image", {DType::float32, {2, 3}}))});
    Execution execution(Executable::make(graph, engine::reference()));
    EXPECT_THROW(execution.run(), ValueError);
    EXPECT_THROW(execution.feed("picture", Tensor::zeros({2, 3})), ValueError);
    try {
        execution.feed("image", Tensor::zeros({3, 2}));
        FAIL() << "a (3, 2) tensor was taken for (2, 3)";
    } catch (const ShapeError& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("(2, 3)"), std::string::npos) << text;
        EXPECT_NE(text.find("(3, 2)"), std::string::npos) << text;
    }
}

TEST(Execution, SeveralThreadsRunOnePlan) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {32, 32}});
    const Value w = graph.variable(make_variable("w", random_tensor({32, 32}, 3)));
    graph.set_outputs({ops::relu(graph, ops::matmul(graph, ops::matmul(graph, x, w), w))});
    const auto executable = Executable::make(graph, engine::reference());
    const Tensor input = random_tensor({32, 32}, 4);
    const Tensor wanted = test::run(graph, {{"x", input}})[0];
    std::vector<double> differences(4, 1);
    std::vector<std::thread> threads;
    threads.reserve(differences.size());
    for (double& difference : differences) {
        threads.emplace_back([&] {
            Execution execution(executable);
            execution.feed("x", input);
            double worst = 0;
            for (int i = 0; i < 20; ++i) {
                execution.run();
                worst = std::max(worst, test::largest_difference(execution.output(0), wanted));
            }
            difference = worst;
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const double difference : differences) EXPECT_EQ(difference, 0);
}

TEST(Execution, TimesEachNode) {
    Graph graph;
    const Value x = graph.placeholder("x", {DType::float32, {64, 64}});
    graph.set_outputs({ops::matmul(graph, x, x)});
    Execution execution(Executable::make(graph, engine::reference()));
    execution.feed("x", random_tensor({64, 64}, 5));
    std::vector<double> seconds;
    execution.run_timed(seconds);
    ASSERT_EQ(seconds.size(), 2U);
    EXPECT_GT(seconds[1], 0);
}

}  // namespace
}  // namespace markhor::graph
