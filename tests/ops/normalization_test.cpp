// Batch normalization in training and at inference: values by hand, refusals, gradients, also through the statistics.
#include "ops/normalization.hpp"

#include <cmath>

#include "ops/elementwise.hpp"
#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

TEST(BatchNormTraining, HasStatisticsOfTheChannels) {
    const auto outputs = BatchNormTraining(1e-3).outputs(std::vector{f32({4, 5, 6, 3}), f32({3}), f32({3})});
    ASSERT_EQ(outputs.size(), 3U);
    EXPECT_EQ(outputs[0].shape, (Shape{4, 5, 6, 3}));
    EXPECT_EQ(outputs[1].shape, Shape{3});
    EXPECT_EQ(outputs[2].shape, Shape{3});
}

TEST(BatchNorm, SaysWhatItCannotTake) {
    const TensorSpec x = f32({4, 5, 3});
    const TensorSpec c = f32({3});
    expect_refusal(BatchNormTraining(1e-3), {x, c}, "takes an image, gamma and beta; 2 inputs came");
    expect_refusal(BatchNormTraining(1e-3), {x, c, f32({4})}, "beta has shape (4,); (3,) is wanted");
    expect_refusal(BatchNormTraining(1e-3), {c, c, c}, "takes (batch, …, channels); (3,) came");
    expect_refusal(BatchNormInference(1e-3), {x, c, c, c, f32({1})}, "variance has shape (1,); (3,) is wanted");
    expect_refusal(BatchNormTrainingGradient(1e-3), {x, x, f32({2}), c, c}, "gamma has shape (2,); (3,) is wanted");
    expect_refusal(BatchNormTrainingGradient(1e-3), {x, x, c, f32({2}), c}, "mean has shape (2,); (3,) is wanted");
    expect_refusal(BatchNormInferenceGradient(1e-3), {f32({4, 3}), x, c, c, c},
                   "the upstream gradient has shape (4, 3)");
    expect_refusal(BatchNormInferenceGradient(1e-3), {x, x, c, c, f32({2})}, "variance has shape (2,)");
}

TEST(BatchNormTraining, UsesTheBiasedVariance) {
    const Tensor x = doubles({2, 2}, {1, 10, 3, 30});
    const std::vector<Tensor> inputs{x, doubles({2}, {2, 1}), doubles({2}, {0.5, 0})};
    const BatchNormTraining op(0.0);
    expect_near(run_values(op, inputs, 0), {-1.5, -1, 2.5, 1});
    expect_near(run_values(op, inputs, 1), {2, 20});
    expect_near(run_values(op, inputs, 2), {1, 100});
}

TEST(BatchNormTraining, AddsEpsilonUnderTheRoot) {
    const std::vector<Tensor> inputs{doubles({2, 1}, {1, 3}), doubles({1}, {1}), doubles({1}, {0})};
    expect_near(run_values(BatchNormTraining(3.0), inputs, 0), {-0.5, 0.5});
}

TEST(BatchNormInference, UsesTheGivenStatistics) {
    const std::vector<Tensor> inputs{doubles({2, 2}, {1, 10, 3, 30}), doubles({2}, {2, 1}), doubles({2}, {0.5, 0}),
                                     doubles({2}, {0, 10}), doubles({2}, {1, 25})};
    expect_near(run_values(BatchNormInference(0.0), inputs), {2.5, 0, 6.5, 4});
}

std::vector<Tensor> inputs_of(const Shape& shape) {
    const Shape channels{shape.back()};
    return {random_doubles(shape, 1, {-1, 3}), random_doubles(channels, 2, {0.5, 2}), random_doubles(channels, 3),
            random_doubles(channels, 4), random_doubles(channels, 5, {0.5, 2})};
}

TEST(BatchNormTraining, AgreesWithCentralDifferences) {
    for (const Shape& shape : {Shape{6, 3}, Shape{3, 4, 2, 5}, Shape{2, 2, 3, 2, 2}}) {
        std::vector<Tensor> inputs = inputs_of(shape);
        inputs.resize(3);
        check_gradient(
            [](Builder& b, const std::vector<Value>& v) { return batch_norm_training(b, v[0], v[1], v[2], 1e-3).y; },
            inputs);
    }
}

TEST(BatchNormTraining, LetsGradientsThroughItsStatistics) {
    std::vector<Tensor> inputs = inputs_of({5, 3});
    inputs.resize(3);
    check_gradient(
        [](Builder& b, const std::vector<Value>& v) {
            const BatchNormResult r = batch_norm_training(b, v[0], v[1], v[2], 1e-3);
            return add(b, multiply(b, r.y, r.variance), r.mean);
        },
        inputs);
    check_gradient(
        [](Builder& b, const std::vector<Value>& v) {
            const BatchNormResult r = batch_norm_training(b, v[0], v[1], v[2], 1e-3);
            return multiply(b, r.mean, r.variance);
        },
        inputs);
}

TEST(BatchNormInference, AgreesWithCentralDifferences) {
    for (const Shape& shape : {Shape{6, 3}, Shape{3, 4, 2, 5}, Shape{2, 2, 3, 2, 2}}) {
        const std::vector<Tensor> inputs = inputs_of(shape);
        check_gradient(
            [&](graph::Graph& graph, const std::vector<Value>& v) {
                const Value mean = graph.constant(inputs[3]);
                const Value variance = graph.constant(inputs[4]);
                return batch_norm_inference(graph, v[0], v[1], v[2], mean, variance, 1e-3);
            },
            {inputs[0], inputs[1], inputs[2]});
    }
}

TEST(BatchNormInference, HasNoGradientForItsStatistics) {
    const auto build = [](Builder& b, const std::vector<Value>& v) {
        return batch_norm_inference(b, v[0], v[1], v[2], v[3], v[4], 1e-3);
    };
    EXPECT_THROW(check_gradient(build, inputs_of({4, 3})), Error);
}

TEST(BatchNorm, PrintsEpsilonExactly) {
    EXPECT_EQ(BatchNormTraining(1e-3).attributes(), "epsilon=0.001");
    EXPECT_EQ(BatchNormInference(1e-05).attributes(), "epsilon=1e-05");
    EXPECT_EQ(BatchNormTrainingGradient(1e-3).attributes(), BatchNormInferenceGradient(1e-3).attributes());
}

TEST(BatchNorm, CostsAFewOperationsAnElement) {
    const std::vector<TensorSpec> inputs{f32({4, 5, 3}), f32({3}), f32({3})};
    const BatchNormTraining op(1e-3);
    EXPECT_EQ(op.cost(inputs, op.outputs(inputs)).flops, 6 * 60);
    EXPECT_EQ(op.cost(inputs, op.outputs(inputs)).bytes, 4 * (120 + 12));
}

}  // namespace
}  // namespace markhor::ops
