// Each finding, where it is due and where it is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/audit.hpp>
#include <markhor/case_study.hpp>
#include <markhor/layers.hpp>
#include <markhor/losses.hpp>

namespace markhor::insight {
namespace {

using namespace layers;
using testing::Contains;
using testing::Not;

class FindingsTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }

    /// Without what takes time and is not looked at here.
    static std::vector<Finding> findings(const Model& model, AuditOptions options) {
        options.machine = Machine{1e11, 1e10};
        options.growth.clear();
        options.training_batch = 1;
        return audit(model, options).findings;
    }

    static std::vector<std::string> names(const Model& model, const AuditOptions& options = {}) {
        std::vector<std::string> all;
        for (const Finding& finding : findings(model, options)) all.push_back(finding.name);
        return all;
    }

    static Finding named(const Model& model, const std::string& name, const AuditOptions& options = {}) {
        for (const Finding& finding : findings(model, options)) {
            if (finding.name == name) return finding;
        }
        ADD_FAILURE() << "no finding " << name;
        return {};
    }

    static Sequential pooled(const std::vector<SequentialItem>& first) {
        std::vector<SequentialItem> items = {Input({16, 16, 1})};
        items.insert(items.end(), first.begin(), first.end());
        items.emplace_back(GlobalAveragePooling2D());
        items.emplace_back(Dense(3, {.activation = "softmax"}));
        return Sequential(items);
    }

    /// Images whose numbers all are `value`.
    static Dataset flat_images(float value) {
        return Dataset(Tensor::full({20, 16, 16, 1}, value), Tensor::zeros({20}, DType::int32));
    }
};

TEST_F(FindingsTest, TheArticlesFlattenNamesItsDense) {
    const Sequential flatten = head_network("flatten", {224, 224, 3}, 10);
    const Finding finding = named(flatten, "flatten-before-dense");
    EXPECT_EQ(finding.params, 11'505'728);
    EXPECT_EQ(finding.layer, "dense");
    EXPECT_EQ(finding.severity, "warning");
    EXPECT_THAT(finding.evidence, testing::HasSubstr("11,505,728 parameters: 99.4 % of the model's 11,574,090"));
    EXPECT_THAT(finding.remedy, testing::HasSubstr("4,160"));
    EXPECT_THAT(names(flatten), Contains("dense-outweighs-convolutions"));
    const std::vector<std::string> of_gap = names(head_network("gap", {224, 224, 3}, 10));
    EXPECT_THAT(of_gap, Not(Contains("flatten-before-dense")));
    EXPECT_THAT(of_gap, Not(Contains("dense-outweighs-convolutions")));
}

TEST_F(FindingsTest, AMapOfOnePositionMayBeFlattened) {
    const Sequential model({Input({8, 8, 1}), Conv2D(4, {8, 8}), Flatten(), Dense(2)});
    EXPECT_THAT(names(model), Not(Contains("flatten-before-dense")));
}

TEST_F(FindingsTest, ABiasBeforeBatchNormalizationIsUseless) {
    EXPECT_EQ(named(pooled({Conv2D(4, {3, 3}), BatchNormalization()}), "bias-before-batch-normalization").params, 4);
    EXPECT_THAT(names(pooled({Conv2D(4, {3, 3}, {.use_bias = false}), BatchNormalization()})),
                Not(Contains("bias-before-batch-normalization")));
    EXPECT_THAT(names(pooled({Conv2D(4, {3, 3}, {.activation = "relu"}), BatchNormalization()})),
                Not(Contains("bias-before-batch-normalization")));
}

TEST_F(FindingsTest, AMapSmallerThanTheKernelIsNamed) {
    const Sequential small = pooled({MaxPooling2D({8, 8}), Conv2D(4, {3, 3}, {.padding = "same", .name = "late"})});
    EXPECT_EQ(named(small, "map-below-kernel").layer, "late");
    EXPECT_THAT(named(small, "map-below-kernel").evidence, testing::HasSubstr("3x3 over a map of 2x2"));
    EXPECT_THAT(names(pooled({Conv2D(4, {3, 3}, {.padding = "same"})})), Not(Contains("map-below-kernel")));
}

TEST_F(FindingsTest, AFieldLargerThanTheImageIsNamedOnce) {
    const Sequential deep =
        pooled({Conv2D(4, {9, 9}, {.padding = "same"}), Conv2D(4, {9, 9}, {.padding = "same", .name = "beyond"}),
                Conv2D(4, {3, 3}, {.padding = "same"})});
    const std::vector<std::string> found = names(deep);
    EXPECT_EQ(std::ranges::count(found, "receptive-field-exceeds-image"), 1);
    EXPECT_EQ(named(deep, "receptive-field-exceeds-image").layer, "beyond");
    EXPECT_THAT(names(pooled({Conv2D(4, {3, 3})})), Not(Contains("receptive-field-exceeds-image")));
}

TEST_F(FindingsTest, PoolingThatLeavesRowsUnreadIsNamed) {
    const Finding finding = named(pooled({Conv2D(4, {2, 2}), MaxPooling2D({2, 2})}), "pooling-drops-rows");
    EXPECT_THAT(finding.evidence, testing::HasSubstr("15x15 map in windows of 2x2 and never reads the last 1x1"));
    EXPECT_THAT(names(pooled({MaxPooling2D({2, 2})})), Not(Contains("pooling-drops-rows")));
    EXPECT_THAT(names(pooled({Conv2D(4, {2, 2}), MaxPooling2D({2, 2}, {.padding = "same"})})),
                Not(Contains("pooling-drops-rows")));
}

TEST_F(FindingsTest, ChannelsFirstIsNamedOnce) {
    const Sequential model({Input({1, 16, 16}), Conv2D(4, {3, 3}, {.data_format = "channels_first"}),
                            GlobalAveragePooling2D({.data_format = "channels_first"}), Dense(2)});
    const std::vector<std::string> found = names(model);
    EXPECT_EQ(std::ranges::count(found, "channels-first"), 1);
}

TEST_F(FindingsTest, ASoftmaxTwiceIsFoundInLayersAndInTheLoss) {
    Sequential model({Input({4}), Dense(3, {.activation = "softmax"}), Dropout(0.1), Softmax()});
    EXPECT_THAT(names(model), Contains("softmax-twice"));
    Sequential logits({Input({4}), Dense(3, {.activation = "softmax"})});
    logits.compile({.loss = losses::SparseCategoricalCrossentropy({.from_logits = true})});
    EXPECT_THAT(names(logits), Contains("softmax-twice"));
    logits.compile({.loss = "sparse_categorical_crossentropy"});
    EXPECT_THAT(names(logits), Not(Contains("softmax-twice")));
    EXPECT_THAT(names(logits), Not(Contains("softmax-missing-for-loss")));
}

TEST_F(FindingsTest, ASoftmaxMissingForTheLossIsFound) {
    Sequential model({Input({4}), Dense(3)});
    EXPECT_THAT(names(model), testing::IsEmpty());
    model.compile({.loss = "categorical_crossentropy"});
    EXPECT_THAT(names(model), Contains("softmax-missing-for-loss"));
    model.compile({.loss = losses::CategoricalCrossentropy({.from_logits = true})});
    EXPECT_THAT(names(model), Not(Contains("softmax-missing-for-loss")));
    model.compile({.loss = "mse"});
    EXPECT_THAT(names(model), Not(Contains("softmax-missing-for-loss")));
}

TEST_F(FindingsTest, DeadUnitsAreThoseThatNeverSpeak) {
    Sequential model({Input({16, 16, 1}), Conv2D(4, {3, 3}, {.activation = "relu", .name = "watched"}),
                      GlobalAveragePooling2D(), Dense(2)});
    Layer watched = model.get_layer("watched");
    watched.set_weights(
        {Tensor::full({3, 3, 1, 4}, 1), Tensor::from<float>({4}, std::vector<float>{1, -100, 1, -100})});
    const Finding finding = named(model, "dead-units", {.data = flat_images(1)});
    EXPECT_EQ(finding.layer, "watched");
    EXPECT_THAT(finding.evidence, testing::HasSubstr("2 of 4 units (50 %)"));
    EXPECT_THAT(names(model), Not(Contains("dead-units")));  // no data, nothing said
}

TEST_F(FindingsTest, SaturatedUnitsAreThoseAtTheEndsOfTheirRange) {
    Sequential model(
        {Input({16, 16, 1}), GlobalAveragePooling2D(), Dense(3, {.activation = "tanh", .name = "watched"})});
    Layer watched = model.get_layer("watched");
    watched.set_weights({Tensor::from<float>({1, 3}, std::vector<float>{0.1F, 50, -50}), Tensor::zeros({3})});
    EXPECT_THAT(named(model, "saturated-units", {.data = flat_images(1)}).evidence, testing::HasSubstr("2 of 3 units"));
}

TEST_F(FindingsTest, UnscaledInputsAreNamedUnlessALayerScalesThem) {
    const Sequential plain = pooled({Conv2D(2, {3, 3})});
    EXPECT_THAT(named(plain, "inputs-unscaled", {.data = flat_images(255)}).evidence, testing::HasSubstr("255 to 255"));
    EXPECT_THAT(names(plain, {.data = flat_images(1)}), Not(Contains("inputs-unscaled")));
    EXPECT_THAT(names(pooled({Rescaling(1.0 / 255), Conv2D(2, {3, 3})}), {.data = flat_images(255)}),
                Not(Contains("inputs-unscaled")));
}

TEST_F(FindingsTest, ImagesOfAnotherShapeAreRefused) {
    EXPECT_THROW((void)audit(head_network("gap", {28, 28, 1}, 10), {.data = flat_images(1)}), ShapeError);
}

TEST_F(FindingsTest, AllHaveTheirNamesInTheList) {
    const std::vector<std::string> known = finding_names();
    for (const std::string& name : names(head_network("flatten", {224, 224, 3}, 10)))
        EXPECT_THAT(known, Contains(name));
}

}  // namespace
}  // namespace markhor::insight
