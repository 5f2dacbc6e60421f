// Moving averages and optimizers' steps: values by hand, several steps in place, refusals.
#include "ops/update.hpp"

#include <cmath>

#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

Tensor scalar(double value) { return doubles({}, {value}); }

TEST(Updates, SayWhatTheyCannotTake) {
    const TensorSpec w = f32({3, 2});
    expect_refusal(MovingAverage(0.9), {w, f32({3})}, "the value has shape (3,); (3, 2) is wanted");
    expect_refusal(SgdStep(0, false), {w, w, f32({1})}, "the learning rate has shape (1,); () is wanted");
    expect_refusal(SgdStep(0.9, false), {w, w, f32({})},
                   "takes a variable, its momentum, its gradient and the learning rate");
    expect_refusal(SgdStep(0.9, false), {w, w, f32({2, 3}), f32({})}, "a variable's slot or gradient has shape (2, 3)");
    expect_refusal(AdamStep(0.9, 0.999, 1e-7), {w, w, w, w, f32({2})}, "alpha has shape (2,); () is wanted");
    expect_refusal(AdamStep(0.9, 0.999, 1e-7), {w, w, w, f64({3, 2}), f32({})}, "float32 and float64 came");
}

TEST(MovingAverage, MovesByWhatMomentumLeaves) {
    expect_near(run_values(MovingAverage(0.9), {doubles({2}, {1, 10}), doubles({2}, {2, 0})}), {1.1, 9});
    EXPECT_EQ(MovingAverage(0.99).in_place_input(0), 0);
    EXPECT_EQ(MovingAverage(0.99).attributes(), "momentum=0.99");
}

TEST(SgdStep, GoesDownTheGradient) {
    expect_near(run_values(SgdStep(0, false), {doubles({2}, {1, 2}), doubles({2}, {10, -10}), scalar(0.1)}), {0, 3});
    EXPECT_EQ(SgdStep(0, false).attributes(), "momentum=0");
}

TEST(SgdStep, KeepsAMomentum) {
    const std::vector<Tensor> inputs{doubles({1}, {1}), doubles({1}, {0.5}), doubles({1}, {2}), scalar(0.1)};
    // m = 0.9 * 0.5 - 0.1 * 2 = 0.25
    expect_near(run_values(SgdStep(0.9, false), inputs, 0), {1.25});
    expect_near(run_values(SgdStep(0.9, false), inputs, 1), {0.25});
    // w + 0.9 * 0.25 - 0.2
    expect_near(run_values(SgdStep(0.9, true), inputs, 0), {1.025});
    expect_near(run_values(SgdStep(0.9, true), inputs, 1), {0.25});
    EXPECT_EQ(SgdStep(0.9, true).attributes(), "momentum=0.9 nesterov");
    EXPECT_EQ(SgdStep(0.9, true).in_place_input(1), 1);
}

TEST(AdamStep, MovesByTheRatioOfMoments) {
    const std::vector<Tensor> inputs{doubles({1}, {1}), doubles({1}, {0.2}), doubles({1}, {0.03}), doubles({1}, {0.5}),
                                     scalar(0.01)};
    const double m = 0.2 + (0.5 - 0.2) * 0.1;
    const double v = 0.03 + (0.25 - 0.03) * 0.001;
    const AdamStep op(0.9, 0.999, 1e-7);
    expect_near(run_values(op, inputs, 0), {1 - 0.01 * m / (std::sqrt(v) + 1e-7)});
    expect_near(run_values(op, inputs, 1), {m});
    expect_near(run_values(op, inputs, 2), {v});
    EXPECT_EQ(op.attributes(), "beta_1=0.9 beta_2=0.999 epsilon=1e-07");
    for (const int output : {0, 1, 2}) EXPECT_EQ(op.in_place_input(output), output);
}

TEST(AdamStep, UpdatesVariablesInPlaceStepAfterStep) {
    // Minimises w^2 / 2, whose gradient is w, with a constant alpha.
    const auto variable = [](const char* name, double value) {
        return std::make_shared<Variable>(Variable{.name = name, .path = name, .value = doubles({1}, {value})});
    };
    const VariablePtr w = variable("w", 1), m = variable("m", 0), v = variable("v", 0);
    graph::Graph graph;
    const Value weight = graph.variable(w);
    const auto results = graph.add(std::make_shared<AdamStep>(0.9, 0.99, 1e-7),
                                   {weight, graph.variable(m), graph.variable(v), weight, graph.constant(scalar(0.1))});
    graph.assign(w, results[0]);
    graph.assign(m, results[1]);
    graph.assign(v, results[2]);
    graph::Execution execution(graph::Executable::make(graph, engine::reference()));
    double weight_by_hand = 1, m_by_hand = 0, v_by_hand = 0;
    for (int step = 0; step < 5; ++step) {
        execution.run();
        m_by_hand += (weight_by_hand - m_by_hand) * (1 - 0.9);
        v_by_hand += (weight_by_hand * weight_by_hand - v_by_hand) * (1 - 0.99);
        weight_by_hand -= 0.1 * m_by_hand / (std::sqrt(v_by_hand) + 1e-7);
        expect_near(values_of(w->value), {weight_by_hand});
        expect_near(values_of(m->value), {m_by_hand});
        expect_near(values_of(v->value), {v_by_hand});
    }
}

TEST(Updates, HaveNoGradient) {
    const auto build = [](Builder& b, const std::vector<Value>& v) {
        return b.add1(std::make_shared<MovingAverage>(0.9), {v[0], v[1]});
    };
    EXPECT_THROW(check_gradient(build, {random_doubles({3}, 1), random_doubles({3}, 2)}), Error);
}

}  // namespace
}  // namespace markhor::ops
