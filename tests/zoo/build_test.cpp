// The options that all networks share: names, shapes without top, pooling, and what is refused.
#include <gtest/gtest.h>

#include <limits>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>

#include "layers/layer_base.hpp"
#include "layers/pending_weights.hpp"

namespace markhor::applications {
namespace {

template <class Action>
std::string error_of(const Action& action) {
    const PendingWeights scope(std::numeric_limits<std::size_t>::max());
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(ZooOptionsTest, WithoutTopTheMapOrItsPooling) {
    const PendingWeights scope(std::numeric_limits<std::size_t>::max());
    const auto shape = [](const std::string& pooling) {
        return ResNet50({.include_top = false, .input_shape = {64, 96, 3}, .pooling = pooling}).output_shapes()[0];
    };
    EXPECT_EQ(shape(""), Shape({None, 2, 3, 2048}));
    EXPECT_EQ(shape("avg"), Shape({None, 2048}));
    EXPECT_EQ(shape("max"), Shape({None, 2048}));
}

TEST(ZooOptionsTest, NameOfTheModel) {
    const PendingWeights scope(std::numeric_limits<std::size_t>::max());
    EXPECT_EQ(VGG16({.include_top = false, .name = "backbone"}).name(), "backbone");
    EXPECT_EQ(MobileNetV2({.include_top = false}).name(), "mobilenetv2_1.00_None");
}

TEST(ZooOptionsTest, RefuseWhatKerasRefuses) {
    EXPECT_EQ(error_of([] {
                  VGG16({.input_shape = {31, 32, 3}});
              }),
              "vgg16: input_shape is (31, 32, 3); at least 32x32 is wanted");
    EXPECT_EQ(error_of([] {
                  InceptionV3({.include_top = false, .input_shape = {None, 74, 3}});
              }),
              "inception_v3: input_shape is (None, 74, 3); at least 75x75 is wanted");
    EXPECT_EQ(error_of([] {
                  ResNet50({.input_shape = {None, None, 3}});
              }),
              "resnet50: input_shape is (None, None, 3); known sizes are wanted where include_top is true");
    EXPECT_EQ(error_of([] {
                  ResNet50({.input_shape = {224, 224}});
              }),
              "resnet50: input_shape is (224, 224); (height, width, channels) is wanted");
    EXPECT_EQ(error_of([] { Xception({.pooling = "mean"}); }),
              "xception: pooling is \"mean\"; \"avg\", \"max\" or none is wanted");
    EXPECT_EQ(error_of([] { DenseNet121({.classes = 0}); }), "densenet121: classes is 0; at least 1 is wanted");
    EXPECT_EQ(error_of([] { VGG16({.weights = "imagenet"}); }),
              "vgg16: weights is \"imagenet\"; nothing is downloaded here: the path of Keras's weight file is wanted");
    EXPECT_EQ(error_of([] { VGG16({.weights = "x.weights.h5", .classifier_activation = "relu"}); }),
              "vgg16: classifier_activation is \"relu\"; softmax or linear is wanted where weights come from a file");
    EXPECT_EQ(error_of([] { MobileNet({.alpha = 0}); }),
              "mobilenet: alpha is 0; a factor above 0, at most 100, is wanted");
    EXPECT_EQ(error_of([] { make_network("ResNet34"); }).substr(0, 60),
              "no network is named 'ResNet34'; there are: VGG16, VGG19, Res");
}

TEST(ZooOptionsTest, AWeightFileThatIsMissingIsNamed) {
    const std::string error = error_of([] { MobileNetV2({.weights = "/nowhere/net.weights.h5"}); });
    EXPECT_NE(error.find("/nowhere/net.weights.h5"), std::string::npos) << error;
}

}  // namespace
}  // namespace markhor::applications
