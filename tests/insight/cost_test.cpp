// Costs: the article's networks to the parameter, FLOPs against an independent count, and what grows with the image and
// what not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/case_study.hpp>
#include <markhor/layers.hpp>

namespace markhor::insight {
namespace {

using namespace layers;

class CostTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
};

const LayerCost& layer_of(const ModelCost& cost, const std::string& name) {
    const auto found = std::ranges::find(cost.layers, name, &LayerCost::name);
    EXPECT_NE(found, cost.layers.end()) << name;
    return *found;
}

/// Multiply-adds of the article's convolutions at this image size, times two.
double convolution_flops(double size, double channels) {
    const double first = (size - 2) * (size - 2);
    const double second = (size - 4) * (size - 4);
    const double half = (size - 4) / 2;
    const double third = (half - 2) * (half - 2);
    const double fourth = (half - 4) * (half - 4);
    return 2 * 9 * (first * channels * 32 + second * 32 * 32 + third * 32 * 64 + fourth * 64 * 64);
}

TEST_F(CostTest, OfTheArticlesNetworksAt224) {
    const ModelCost flatten = cost(head_network("flatten", {224, 224, 3}, 10));
    EXPECT_EQ(flatten.params, 11'574'090);
    EXPECT_EQ(flatten.trainable_params, 11'573'898);
    EXPECT_EQ(flatten.weight_bytes, 4 * 11'574'090.0);
    const ModelCost gap = cost(head_network("gap", {224, 224, 3}, 10));
    EXPECT_EQ(gap.params, 66'602);
    EXPECT_EQ(gap.trainable_params, 66'410);
    // The convolutions' 2.235 GFLOP, and biases, activations, pooling and normalization: half a percent.
    EXPECT_NEAR(convolution_flops(224, 3), 2.235e9, 0.001e9);
    EXPECT_GT(gap.flops, convolution_flops(224, 3));
    EXPECT_LT(gap.flops, 1.01 * convolution_flops(224, 3));
    EXPECT_NEAR(flatten.flops - gap.flops, 2.0 * 53 * 53 * 64 * 64, 0.02 * flatten.flops);
}

TEST_F(CostTest, LayersAddUpToTheModel) {
    const ModelCost cost = insight::cost(head_network("flatten", {28, 28, 1}, 10));
    std::int64_t params = 0;
    double flops = 0;
    for (const LayerCost& layer : cost.layers) {
        params += layer.params;
        flops += layer.flops;
    }
    EXPECT_EQ(params, cost.params);
    EXPECT_EQ(params, 133'386);
    EXPECT_DOUBLE_EQ(flops, cost.flops);
    const LayerCost& dense = layer_of(cost, "dense");
    EXPECT_EQ(dense.class_name, "Dense");
    EXPECT_EQ(dense.params, 1024 * 64 + 64);
    EXPECT_EQ(dense.output_shape, (Shape{None, 64}));
    EXPECT_EQ(dense.activation_bytes, 4 * 64);
    EXPECT_EQ(layer_of(cost, "flatten").flops, 0);
    EXPECT_EQ(layer_of(cost, "batch_normalization").params, 128);
    EXPECT_EQ(layer_of(cost, "batch_normalization").trainable_params, 64);
}

TEST_F(CostTest, OfAPooledNetworkDoesNotGrowInParameters) {
    const ModelCost small = cost(head_network("gap", {28, 28, 3}, 10));
    const ModelCost large = cost(head_network("gap", {56, 56, 3}, 10));
    EXPECT_EQ(small.params, large.params);
    EXPECT_GT(large.flops, 4 * small.flops);
    EXPECT_GT(large.activation_bytes, 1.5 * small.activation_bytes);  // scratch does not grow
    EXPECT_GT(small.activation_bytes, 0);
}

TEST_F(CostTest, OfATrainingStepOfACompiledModel) {
    Sequential model = head_network("gap", {28, 28, 1}, 10);
    EXPECT_FALSE(cost(model).training);
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
    const ModelCost small = cost(model, 4);
    ASSERT_TRUE(small.training);
    EXPECT_EQ(small.training->batch, 4);
    EXPECT_EQ(small.training->gradient_bytes, 4 * 65'834.0);
    // Backward, a convolution is run twice: for its kernel and (but for the first) for its input.
    EXPECT_GT(small.training->flops, 2.9 * 4 * small.flops);
    EXPECT_LT(small.training->flops, 3.2 * 4 * small.flops + 100 * 65'834.0);
    const ModelCost large = cost(model, 32);  // so many that a kernel's scratch, which differs by size, does not count
    EXPECT_GT(large.training->activation_bytes, 2 * small.training->activation_bytes);
    EXPECT_EQ(large.training->gradient_bytes, small.training->gradient_bytes);

    model.compile({.optimizer = "sgd", .loss = "mse"});
    EXPECT_TRUE(cost(model, 4).training);
    model.compile({.optimizer = "sgd"});
    EXPECT_FALSE(cost(model, 4).training);
}

TEST_F(CostTest, CountsAFrozenLayerAsNotTrained) {
    Sequential model = head_network("gap", {28, 28, 1}, 10);
    model.get_layer("conv2d_1").set_trainable(false);
    const ModelCost cost = insight::cost(model);
    EXPECT_EQ(layer_of(cost, "conv2d_1").params, 9248);
    EXPECT_EQ(layer_of(cost, "conv2d_1").trainable_params, 0);
    EXPECT_EQ(cost.trainable_params, 66'026 - 192 - 9248);
}

TEST_F(CostTest, CountsASharedLayersWeightsOnceAndItsWorkTwice) {
    const auto x = Input({6});
    const Dense shared(6, {.name = "shared"});
    const Model twice({.inputs = {x}, .outputs = {shared(shared(x))}});
    const ModelCost cost = insight::cost(twice);
    EXPECT_EQ(cost.params, 42);
    EXPECT_EQ(layer_of(cost, "shared").params, 42);
    EXPECT_EQ(layer_of(cost, "shared").flops, 2 * (2 * 36 + 6));
}

TEST_F(CostTest, FindsLayersWithinModels) {
    const Sequential inner({Input({6}), Dense(5, {.name = "inside"})});
    const auto x = Input({6});
    const ModelCost cost = insight::cost(Model({.inputs = {x}, .outputs = {Dense(2, {.name = "outside"})(inner(x))}}));
    EXPECT_EQ(layer_of(cost, "inside").params, 35);
    EXPECT_EQ(layer_of(cost, "outside").params, 12);
}

TEST_F(CostTest, NamesWhatHasNoShape) {
    try {
        (void)cost(Sequential({Dense(3)}));
        FAIL() << "no error";
    } catch (const ValueError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("the model has no input shape yet"));
    }
    EXPECT_THROW((void)cost(Sequential({Input({None, None, 3}), Conv2D(4, {3, 3})})), ShapeError);
}

TEST_F(CostTest, PrintsALineForEachLayer) {
    const std::string text = cost_table(cost(head_network("gap", {28, 28, 1}, 10)));
    EXPECT_THAT(text, testing::HasSubstr("conv2d_3"));
    EXPECT_THAT(text, testing::HasSubstr("36,928  55.9 %"));
    EXPECT_THAT(text, testing::HasSubstr("A multiply-add counts as two operations"));
}

TEST(HeadNetworkTest, NamesTheHeadsThereAre) {
    EXPECT_THAT(head_names(), testing::ElementsAre("flatten", "gap", "gmp", "both"));
    try {
        (void)head_network("pool", {28, 28, 1}, 10);
        FAIL() << "no error";
    } catch (const ValueError& error) {
        EXPECT_STREQ(
            error.what(),
            "there is no head 'pool'; there are flatten, gap, gmp, both, and the networks of keras.applications");
    }
    EXPECT_EQ(head_network("both", {28, 28, 1}, 10).count_params(), 66'026 + 640);
    EXPECT_THROW(head_network("gap", {28, 28}, 10), ShapeError);
    EXPECT_THROW(head_network("gap", {28, 28, 1}, 1), ValueError);
    EXPECT_THROW(head_network("gap", {8, 8, 1}, 10), ShapeError);
}

}  // namespace
}  // namespace markhor::insight
