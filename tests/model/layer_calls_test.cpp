// What a layer's calls are good for: parts of models, and inference behaviour within training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <markhor/markhor.hpp>

#include "support/files.hpp"

namespace markhor {
namespace {

using namespace layers;
using testing::ElementsAre;
using testing::HasSubstr;

Sequential backbone() {
    return Sequential({Input({6, 6, 2}), Conv2D(3, {3, 3}, {.name = "conv"}), BatchNormalization({.name = "bn"}),
                       MaxPooling2D({2, 2}, {.name = "pool"})},
                      {.name = "backbone"});
}

TEST(LayerCalls, AModelCanEndAtAnyLayer) {
    const Sequential model = backbone();
    const Model part({.inputs = model.inputs(), .outputs = {model.get_layer("conv").output()}});
    EXPECT_EQ(part.output_shapes(), (std::vector<Shape>{{None, 4, 4, 3}}));
    EXPECT_EQ(part.get_layer("conv"), model.get_layer("conv"));
    EXPECT_EQ(model.get_layer("bn").input(), model.get_layer("conv").output());
    EXPECT_EQ(model.output().shape(), (Shape{None, 2, 2, 3}));
    EXPECT_EQ(model.input().shape(), (Shape{None, 6, 6, 2}));
}

TEST(LayerCalls, ALayerThatIsPartOfNoNetworkHasNoOutput) {
    const auto layer = Dense(2, {.name = "alone"});
    try {
        layer.output();
        FAIL();
    } catch (const ValueError& error) {
        EXPECT_THAT(error.what(), HasSubstr("alone"));
    }
    layer(Input({3}));  // and this call is gone again
    EXPECT_THROW(layer.output(), ValueError);
}

// A backbone called with training = false, then trained again with its head.
Model with_head(const Model& base, bool training) {
    const auto image = Input({6, 6, 2});
    auto x = base(image, {.training = training});
    x = Dense(2)(GlobalAveragePooling2D()(x));
    return Model({.inputs = {image}, .outputs = {x}});
}

void train(Model& model) {
    model.compile({.optimizer = "sgd", .loss = "mse"});
    model.train_on_batch(Tensor::full({4, 6, 6, 2}, 0.5F), Tensor::full({4, 2}, 1.0F));
}

float moving_mean(const Model& base) { return base.get_layer("bn").get_weights()[2].data<float>()[0]; }
float gamma(const Model& base) { return base.get_layer("bn").get_weights()[0].data<float>()[0]; }

TEST(LayerCalls, WithoutTrainingNormalizationKeepsItsAveragesAndItsWeightsLearn) {
    set_random_seed(1);
    const Sequential base = backbone();
    Model inference = with_head(base, false);
    train(inference);
    EXPECT_EQ(moving_mean(base), 0.0F);
    EXPECT_NE(gamma(base), 1.0F);

    const Sequential other = backbone();
    Model training = with_head(other, true);
    train(training);
    EXPECT_NE(moving_mean(other), 0.0F);
}

TEST(LayerCalls, WithoutTrainingIsKeptInFiles) {
    const Sequential base = backbone();
    const Model model = with_head(base, false);
    const test::TemporaryFolder folder;
    const auto file = folder / "m.keras";
    model.save(file);
    Model again = load_model(file);
    train(again);
    const Tensor moving_mean = again.get_layer("backbone").get_weights()[4];
    EXPECT_THAT(moving_mean.data<float>(), ElementsAre(0.0F, 0.0F, 0.0F));
}

}  // namespace
}  // namespace markhor
