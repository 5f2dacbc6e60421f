// Regularizers and constraints: their formulas, and where layers put them.
#include <cmath>
#include <markhor/constraints.hpp>
#include <markhor/layers.hpp>
#include <markhor/regularizers.hpp>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "layers/constraint.hpp"
#include "layers/layer_base.hpp"
#include "layers/regularizer.hpp"
#include "layers/support.hpp"

namespace markhor::layers::test {
namespace {

template <class Handle>
Tensor lowered(const Handle& handle, const Tensor& x) {
    graph::Graph graph;
    graph.set_outputs({handle.base()->lower(graph, graph.constant(x))});
    graph::Execution execution(graph::Executable::make(std::move(graph), engine::reference()));
    execution.run();
    return execution.output(0).clone();
}

const std::vector<float> corners{3, -4, 0, 2};

TEST(Regularizer, SumsMagnitudesAndSquares) {
    const Tensor x = floats({2, 2}, corners);
    EXPECT_FLOAT_EQ(values_of(lowered(regularizers::L1(0.1), x))[0], 0.9F);
    EXPECT_FLOAT_EQ(values_of(lowered(regularizers::L2(0.1), x))[0], 2.9F);
    EXPECT_FLOAT_EQ(values_of(lowered(regularizers::L1L2({.l1 = 0.1, .l2 = 0.1}), x))[0], 3.8F);
    EXPECT_FLOAT_EQ(values_of(lowered(Regularizer("l2"), x))[0], 0.29F);
    // The rows (0.6, -0.8) and (0, 1) have one product of -0.8.
    EXPECT_FLOAT_EQ(values_of(lowered(regularizers::OrthogonalRegularizer({.factor = 0.5}), x))[0], 0.4F);
}

TEST(Regularizer, RefusesWhatItCannotBe) {
    EXPECT_THAT(error_of([] { regularizers::L2(-1); }),
                testing::HasSubstr("l2 is -1; a number of at least 0 is wanted"));
    EXPECT_THAT(error_of([] { Regularizer("l3"); }), testing::HasSubstr("L1L2"));
    EXPECT_THAT(error_of([] { regularizers::OrthogonalRegularizer({.mode = "cells"}); }),
                testing::HasSubstr("\"rows\""));
}

TEST(Constraint, BoundsNorms) {
    const Tensor x = floats({2, 2}, corners);  // columns of norm 3 and sqrt(20)
    const float root = std::sqrt(20.0F);
    const auto near = [](const std::vector<float>& wanted) {
        return testing::Pointwise(testing::FloatNear(1e-5F), wanted);
    };
    EXPECT_THAT(values_of(lowered(constraints::MaxNorm({.max_value = 4}), x)), near({3, -16 / root, 0, 8 / root}));
    EXPECT_THAT(values_of(lowered(constraints::UnitNorm(), x)), near({1, -4 / root, 0, 2 / root}));
    EXPECT_THAT(values_of(lowered(constraints::NonNeg(), x)), near({3, 0, 0, 2}));
    EXPECT_THAT(values_of(lowered(constraints::MinMaxNorm({.min_value = 3.5, .max_value = 4, .rate = 0.5}), x)),
                near({3.25F, -4 * (2 + root / 2) / root, 0, 2 * (2 + root / 2) / root}));
}

TEST(Constraint, IsRefusedByAWeightWithoutItsAxis) {
    const Layer layer = Dense(2, {.bias_constraint = constraints::MaxNorm({.axis = {0, 1}})});
    EXPECT_THAT(error_of([&] { shape_after(layer, {3}); }), testing::HasSubstr("the weight 'bias': axis is 1"));
}

TEST(Layer, AddsEachWeightsPenaltyOnceAndActivityPerBatch) {
    const Dense layer(1, {.use_bias = false,
                          .kernel_initializer = "ones",
                          .kernel_regularizer = regularizers::L2(0.5),
                          .activity_regularizer = regularizers::L1(1),
                          .kernel_constraint = "non_neg"});
    shape_after(layer, {2});
    EXPECT_TRUE(layer.weights()[0]->constraint);
    graph::Graph graph;
    CallContext context{graph};
    const std::vector<graph::Value> x{graph.constant(floats({4, 2}, {1, 1, 1, 1, 1, 1, 1, 1}))};
    layer.base()->lower(context, x);
    layer.base()->lower(context, x);
    ASSERT_EQ(context.losses.size(), 3U);  // activity, kernel, activity
    graph.set_outputs(context.losses);
    graph::Execution execution(graph::Executable::make(std::move(graph), engine::reference()));
    execution.run();
    EXPECT_FLOAT_EQ(execution.output(0).data<float>()[0], 2);
    EXPECT_FLOAT_EQ(execution.output(1).data<float>()[0], 1);
}

TEST(Layer, FrozenHasNoPenalty) {
    const Dense layer(1, {.kernel_regularizer = "l2", .trainable = false});
    shape_after(layer, {2});
    graph::Graph graph;
    CallContext context{graph};
    layer.base()->lower(context, std::vector<graph::Value>{graph.constant(floats({1, 2}, {1, 1}))});
    EXPECT_TRUE(context.losses.empty());
}

}  // namespace
}  // namespace markhor::layers::test
