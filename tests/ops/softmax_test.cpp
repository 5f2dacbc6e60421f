// Softmax and the cross-entropies from logits: values, safety, labels that are wrong, gradients.
#include "ops/softmax.hpp"

#include <cmath>

#include "ops/elementwise.hpp"
#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

TEST(Softmax, IsADistributionOverTheLastAxis) {
    const Tensor x = doubles({2, 2}, {0, std::log(3.0), 5, 5});
    expect_near(run_values(Softmax(), {x}), {0.25, 0.75, 0.5, 0.5});
    expect_near(run_values(Softmax(true), {x}), {std::log(0.25), std::log(0.75), std::log(0.5), std::log(0.5)});
}

TEST(Softmax, DoesNotOverflow) {
    const Tensor x = doubles({1, 3}, {-1000, 0, 1000});
    expect_near(run_values(Softmax(), {x}), {0, 0, 1});
    expect_near(run_values(Softmax(true), {x}), {-2000, -1000, 0});
}

TEST(Softmax, SaysWhatItCannotTake) {
    expect_refusal(Softmax(), {f32({})}, "takes (…, classes); a scalar came");
    expect_refusal(Softmax(), {i32({2, 3})}, "int32 came");
    expect_refusal(SoftmaxGradient(), {f32({2, 3}), f32({3, 2})}, "the output has shape (3, 2); (2, 3) is wanted");
    const SoftmaxCrossEntropy sparse(true);
    expect_refusal(sparse, {f32({4, 10}), f32({4})}, "the labels' type is float32; int32 is wanted");
    expect_refusal(sparse, {f32({4, 10}), i32({4, 1})}, "the tensor of labels has shape (4, 1); (4,) is wanted");
    expect_refusal(SoftmaxCrossEntropy(false), {f32({4, 10}), f32({4, 9})}, "(4, 9); (4, 10) is wanted");
    expect_refusal(SoftmaxCrossEntropyGradient(true), {f32({5}), f32({4, 10}), i32({4})},
                   "the upstream gradient has shape (5,); (4,) is wanted");
    expect_refusal(SigmoidCrossEntropy(), {f32({4, 1}), f32({4})},
                   "the tensor of targets has shape (4,); (4, 1) is wanted");
    expect_refusal(PickLast(), {f32({4, 10}), i32({10})}, "the tensor of labels has shape (10,); (4,) is wanted");
    expect_refusal(PickLastGradient(10), {f32({4}), i64({4})}, "the labels' type is int64; int32 is wanted");
}

TEST(Softmax, AgreesWithCentralDifferences) {
    for (const Shape& shape : {Shape{3, 5}, Shape{2, 3, 4}, Shape{6}}) {
        const Tensor x = random_doubles(shape, 3, {-3, 3});
        check_gradient([](Builder& b, const std::vector<Value>& v) { return softmax(b, v[0]); }, {x});
        check_gradient([](Builder& b, const std::vector<Value>& v) { return log_softmax(b, v[0]); }, {x});
    }
}

TEST(SoftmaxCrossEntropy, IsTheSurpriseOfTheLabel) {
    const Tensor logits = doubles({2, 2}, {0, std::log(3.0), 2, 2});
    const std::vector<double> wanted{-std::log(0.75), std::log(2.0)};
    expect_near(run_values(SoftmaxCrossEntropy(true), {logits, labels({2}, {1, 0})}, 0), wanted);
    expect_near(run_values(SoftmaxCrossEntropy(true), {logits, labels({2}, {1, 0})}, 1), {0.25, 0.75, 0.5, 0.5});
    expect_near(run_values(SoftmaxCrossEntropy(false), {logits, doubles({2, 2}, {0, 1, 0.25, 0.75})}, 0), wanted);
}

TEST(SoftmaxCrossEntropy, IsExactWhereProbabilitiesVanish) {
    expect_near(run_values(SoftmaxCrossEntropy(true), {doubles({1, 2}, {0, 80}), labels({1}, {0})}), {80});
}

TEST(SoftmaxCrossEntropy, GivesNaNForALabelThatIsNone) {
    for (const std::int32_t label : {-1, 3}) {
        const Tensor wrong = labels({2}, {label, 0});
        const Tensor logits = doubles({2, 3}, {1, 2, 3, 1, 2, 3});
        const auto loss = run_values(SoftmaxCrossEntropy(true), {logits, wrong});
        EXPECT_TRUE(std::isnan(loss[0]));
        EXPECT_FALSE(std::isnan(loss[1]));
        const auto dx = run_values(SoftmaxCrossEntropyGradient(true), {doubles({2}, {1, 1}), logits, wrong});
        EXPECT_TRUE(std::isnan(dx[0]));
        EXPECT_FALSE(std::isnan(dx[3]));
        EXPECT_TRUE(std::isnan(run_values(PickLast(), {logits, wrong})[0]));
    }
}

TEST(SoftmaxCrossEntropy, AgreesWithCentralDifferences) {
    const Tensor logits = random_doubles({2, 3, 4}, 3, {-3, 3});
    const auto loss = [](bool sparse) {
        return
            [sparse](Builder& b, const std::vector<Value>& v) { return softmax_cross_entropy(b, v[0], v[1], sparse); };
    };
    check_gradient(loss(true), {logits, labels({2, 3}, {0, 3, 1, 2, 2, 0})});
    // Targets that sum to something else than 1 too: and their own gradient.
    check_gradient(loss(false), {logits, random_doubles({2, 3, 4}, 4, {0, 1})});
    check_gradient(loss(true), {random_doubles({5}, 3), labels({}, {2})});
}

TEST(SoftmaxCrossEntropy, LetsAGradientThroughItsProbabilities) {
    for (const bool loss_too : {false, true}) {
        check_gradient(
            [&](Builder& b, const std::vector<Value>& v) {
                const auto results = b.add(std::make_shared<SoftmaxCrossEntropy>(true), {v[0], v[1]});
                const Value picked = pick_last(b, results[1], v[1]);
                return loss_too ? add(b, picked, results[0]) : picked;
            },
            {random_doubles({3, 4}, 3), labels({3}, {0, 3, 1})});
    }
}

TEST(SigmoidCrossEntropy, IsStableAtBothEnds) {
    const Tensor logits = doubles({4}, {-1000, 1000, 0, 2});
    const Tensor targets = doubles({4}, {0, 0, 1, 0.5});
    expect_near(run_values(SigmoidCrossEntropy(), {logits, targets}),
                {0, 1000, std::log(2.0), 1 + std::log1p(std::exp(-2.0))});
}

TEST(SigmoidCrossEntropy, AgreesWithCentralDifferences) {
    check_gradient([](Builder& b, const std::vector<Value>& v) { return sigmoid_cross_entropy(b, v[0], v[1]); },
                   {random_doubles({4, 3}, 1, {-4, 4}), random_doubles({4, 3}, 2, {0, 1})});
}

TEST(PickLast, GathersAndScatters) {
    const Tensor x = doubles({2, 3}, {1, 2, 3, 4, 5, 6});
    const Tensor at = labels({2}, {2, 0});
    EXPECT_EQ(run_values(PickLast(), {x, at}), (std::vector<double>{3, 4}));
    EXPECT_EQ(run_values(PickLastGradient(3), {doubles({2}, {7, 8}), at}), (std::vector<double>{0, 0, 7, 8, 0, 0}));
    check_gradient([](Builder& b, const std::vector<Value>& v) { return pick_last(b, v[0], v[1]); }, {x, at});
}

TEST(Softmax, PrintsDifferentlyWhereItDiffers) {
    EXPECT_EQ(Softmax(true).name(), "log_softmax");
    EXPECT_NE(Softmax().attributes(), Softmax(true).attributes());
    EXPECT_NE(SoftmaxGradient().attributes(), SoftmaxGradient(true).attributes());
    EXPECT_NE(SoftmaxCrossEntropy(true).attributes(), SoftmaxCrossEntropy(false).attributes());
    EXPECT_EQ(PickLastGradient(10).attributes(), "classes=10");
}

TEST(Softmax, HasACost) {
    const std::vector<TensorSpec> x{f32({4, 10})};
    EXPECT_EQ(Softmax().cost(x, x).flops, 200);
    const std::vector<TensorSpec> sparse{f32({4, 10}), i32({4})};
    const SoftmaxCrossEntropy op(true);
    EXPECT_EQ(op.cost(sparse, op.outputs(sparse)).flops, 200);
    EXPECT_EQ(op.cost(sparse, op.outputs(sparse)).bytes, 4 * (40 + 4 + 4 + 40));
}

}  // namespace
}  // namespace markhor::ops
