// Slimming: what stays the same (the backbone, the outputs of a folded network), what the head becomes, and that a
// solved head knows what it was shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <markhor/case_study.hpp>
#include <markhor/layers.hpp>
#include <markhor/saving.hpp>
#include <markhor/slim.hpp>
#include <sstream>

#include "insight/support.hpp"

namespace markhor::insight {
namespace {

using namespace layers;

class SlimTest : public testing::Test {
protected:
    void SetUp() override {
        clear_session();
        set_random_seed(1);
    }

    /// Numbers that repeat themselves after a while, from -1 to 1.
    static Tensor pattern(const Shape& shape, std::uint32_t seed) {
        Tensor tensor(shape, DType::float32);
        for (float& value : tensor.data<float>()) {
            seed = seed * 1664525U + 1013904223U;
            value = static_cast<float>(seed >> 8U) / 8388608.0F - 1.0F;
        }
        return tensor;
    }

    /// As if trained: BatchNormalization with statistics and scales of its own, biases that are not zero.
    static void disturb(Model& model) {
        std::uint32_t seed = 3;
        for (const VariablePtr& weight : model.weights()) {
            if (weight->name.find("kernel") != std::string::npos) continue;
            weight->value = pattern(weight->value.shape(), ++seed);
            if (weight->name != "moving_variance") continue;
            for (float& value : weight->value.data<float>()) value = 0.5F + std::abs(value);
        }
    }

    static double largest_difference(const Tensor& a, const Tensor& b) {
        double largest = 0;
        for (std::size_t i = 0; i < a.data<float>().size(); ++i)
            largest = std::max(largest, std::abs(static_cast<double>(a.data<float>()[i]) - b.data<float>()[i]));
        return largest;
    }

    static std::vector<std::string> classes_of_layers(const Model& model) {
        std::vector<std::string> names;
        for (const Layer& layer : model.layers()) names.push_back(layer.class_name());
        return names;
    }
};

TEST_F(SlimTest, TheArticlesFlattenNetworkBecomesThePooledOne) {
    const Sequential flatten = head_network("flatten", {224, 224, 3}, 10);
    const Model gap = replace_head(flatten);
    EXPECT_EQ(flatten.count_params(), 11'574'090);
    EXPECT_EQ(gap.count_params(), 66'602);
    EXPECT_THAT(classes_of_layers(gap), testing::ElementsAre("Conv2D", "Conv2D", "MaxPooling2D", "BatchNormalization",
                                                             "Conv2D", "Conv2D", "MaxPooling2D", "BatchNormalization",
                                                             "GlobalAveragePooling2D", "Dropout", "Dense"));
    const Tensor before = flatten.get_layer("conv2d_3").get_weights()[0];
    const Tensor after = gap.get_layer("conv2d_3").get_weights()[0];
    EXPECT_EQ(largest_difference(before, after), 0);
    EXPECT_EQ(replace_head(flatten, "gmp").count_params(), 66'602);
    EXPECT_EQ(replace_head(flatten, "both").count_params(), 66'602 + 640);
}

TEST_F(SlimTest, OfAFunctionalModelToo) {
    const auto x = Input({12, 12, 2});
    auto y = Conv2D(4, {3, 3}, {.padding = "same", .name = "a"})(x);
    y = Add()({y, Conv2D(4, {1, 1}, {.name = "b"})(x)});
    const Model model({.inputs = {x}, .outputs = {Dense(3, {.name = "out"})(Flatten()(y))}});
    const Model both = replace_head(model, "both");
    EXPECT_EQ(both.count_params(), 76 + 12 + 8 * 3 + 3);
    EXPECT_EQ(both.output_shapes()[0], (Shape{None, 3}));
    const test::TemporaryFolder folder;
    both.save(folder / "both.keras");
    const Tensor image = pattern({2, 12, 12, 2}, 5);
    EXPECT_EQ(largest_difference(load_model(folder / "both.keras").predict(image), both.predict(image)), 0);
}

TEST_F(SlimTest, NamesAHeadThatItDoesNotUnderstand) {
    EXPECT_THROW((void)replace_head(head_network("gap", {28, 28, 1}, 10)), ValueError);
    EXPECT_THROW((void)replace_head(head_network("flatten", {28, 28, 1}, 10), "pool"), ValueError);
    const Sequential odd({Input({8, 8, 1}), Flatten(), Reshape({8, 8}), Flatten(), Dense(2)});
    try {
        (void)replace_head(odd);
        FAIL() << "no error";
    } catch (const ValueError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("(Reshape), which is not understood"));
    }
}

TEST_F(SlimTest, AFoldedNetworkPredictsTheSame) {
    Sequential model({Input({16, 16, 3}), Conv2D(8, {3, 3}, {.use_bias = false}), BatchNormalization(), ReLU(),
                      DepthwiseConv2D({3, 3}, {.padding = "same"}), BatchNormalization({.scale = false}), ReLU(),
                      MaxPooling2D({2, 2}),
                      BatchNormalization(),  // into the convolution behind it
                      Conv2D(6, {3, 3}, {.activation = "relu"}),
                      BatchNormalization({.center = false}),  // through pooling into the Dense
                      GlobalAveragePooling2D(), Dropout(0.5), Dense(5), BatchNormalization(), Softmax()});
    disturb(model);
    const Folded folded = fold_batch_normalization(model);
    EXPECT_EQ(folded.layers, 5);
    EXPECT_THAT(classes_of_layers(folded.model), testing::Not(testing::Contains("BatchNormalization")));
    const Tensor images = pattern({4, 16, 16, 3}, 9);
    EXPECT_LT(largest_difference(model.predict(images), folded.model.predict(images)), 1e-5);
}

TEST_F(SlimTest, ABatchNormalizationThatCannotBeFoldedStays) {
    Sequential padded({Input({8, 8, 1}), MaxPooling2D({2, 2}), BatchNormalization(),
                       Conv2D(2, {3, 3}, {.padding = "same"}), GlobalAveragePooling2D()});
    disturb(padded);
    EXPECT_EQ(fold_batch_normalization(padded).layers, 0);
    Sequential between({Input({8, 8, 1}), Conv2D(2, {3, 3}, {.activation = "relu"}), BatchNormalization(), ReLU(),
                        GlobalAveragePooling2D()});
    EXPECT_EQ(fold_batch_normalization(between).layers, 0);
}

TEST_F(SlimTest, FiltersWithoutAScaleGoAndNothingElseChanges) {
    Sequential model(
        {Input({16, 16, 1}), Conv2D(8, {3, 3}, {.activation = "relu", .name = "first"}), MaxPooling2D({2, 2}),
         BatchNormalization({.name = "scale"}), DepthwiseConv2D({3, 3}, {.use_bias = false, .name = "apart"}),
         Conv2D(6, {1, 1}, {.name = "mixer"}), BatchNormalization({.name = "scale2"}), Flatten(), Dense(3)});
    disturb(model);
    // Half of the first filters are worth nothing: scale and shift 0.
    for (const char* name : {"gamma", "beta"}) {
        for (const VariablePtr& weight : model.get_layer("scale").weights()) {
            if (weight->name != name) continue;
            for (std::size_t i = 0; i < 8; i += 2) weight->value.data<float>()[i] = 0;
        }
    }
    // And a third of the second ones.
    for (const VariablePtr& weight : model.get_layer("scale2").weights()) {
        if (weight->name != "gamma" && weight->name != "beta") continue;
        for (const std::size_t i : {1U, 3U, 5U}) weight->value.data<float>()[i] = 0;
    }
    const Pruned pruned = prune_filters(model, 0.5);
    EXPECT_EQ(pruned.layers, 2);
    EXPECT_EQ(pruned.filters, 4 + 3);
    EXPECT_EQ(pruned.model.get_layer("first").get_weights()[0].shape(), (Shape{3, 3, 1, 4}));
    EXPECT_EQ(pruned.model.get_layer("mixer").get_weights()[0].shape(), (Shape{1, 1, 4, 3}));
    const Tensor images = pattern({3, 16, 16, 1}, 2);
    EXPECT_LT(largest_difference(model.predict(images), pruned.model.predict(images)), 1e-5);
}

TEST_F(SlimTest, FiltersThatMeetOthersStay) {
    const auto x = Input({8, 8, 2});
    auto y = BatchNormalization()(Conv2D(4, {3, 3}, {.padding = "same"})(x));
    y = Add()({y, BatchNormalization()(Conv2D(4, {1, 1})(x))});
    const Model model({.inputs = {x}, .outputs = {GlobalAveragePooling2D()(y)}});
    EXPECT_EQ(prune_filters(model, 0.5).layers, 0);
    EXPECT_THROW((void)prune_filters(model, 1.0), ValueError);
    EXPECT_THROW((void)prune_filters(model, -0.1), ValueError);
}

TEST_F(SlimTest, ASolvedHeadKnowsWhatItWasShown) {
    const data::TrainTest data = test::halves(80, 16, 1);
    Sequential model({Input({16, 16, 1}), Conv2D(6, {5, 5}, {.padding = "same", .activation = "relu"}),
                      MaxPooling2D({8, 8}), Flatten(), Dense(2, {.activation = "softmax"})});
    solve_head(model, data.train);
    const Tensor said = model.predict(data.test);
    for (std::size_t i = 0; i < 40; ++i) EXPECT_GT(said.data<float>()[2 * i + i % 2], 0.9F) << i;
    Sequential headless({Input({16, 16, 1}), GlobalAveragePooling2D()});
    EXPECT_THROW(solve_head(headless, data.train), ValueError);
    Sequential narrow({Input({16, 16, 1}), Flatten(), Dense(1)});
    const Dataset three(Tensor::zeros({3, 16, 16, 1}),
                        Tensor::from<std::int32_t>({3}, std::vector<std::int32_t>{0, 1, 2}));
    EXPECT_THROW(solve_head(narrow, three), ValueError);
}

TEST_F(SlimTest, MeasuresEachStep) {
    std::ostringstream progress;
    const data::TrainTest data = test::halves(40, 16, 1);
    const Sequential model({Input({16, 16, 1}), Conv2D(4, {3, 3}, {.activation = "relu"}), BatchNormalization(),
                            MaxPooling2D({2, 2}), Flatten(), Dense(8), Dense(2, {.activation = "softmax"})});
    const SlimResult result = slim(model, {.data = data, .epochs = 1, .prune = 0.5, .fold = true, .output = &progress});
    std::vector<std::string> names;
    for (const SlimStage& stage : result.stages) {
        names.push_back(stage.name);
        EXPECT_TRUE(stage.accuracy);
        EXPECT_GT(stage.latency_seconds, 0);
        EXPECT_EQ(stage.weight_bytes, 4.0 * static_cast<double>(stage.params));
    }
    EXPECT_THAT(names, testing::ElementsAre("before", "pruned", "new head", "solved", "fine-tuned", "folded"));
    EXPECT_LT(result.stages.back().params, result.stages.front().params);
    EXPECT_EQ(result.stages.back().params, result.model.count_params());
    EXPECT_NEAR(*result.stages.back().accuracy, *result.stages[4].accuracy, 1e-9);
    EXPECT_THAT(slim_table(result), testing::HasSubstr("fine-tuned"));
    EXPECT_THROW((void)slim(model, {.epochs = 1}), ValueError);
}

}  // namespace
}  // namespace markhor::insight
