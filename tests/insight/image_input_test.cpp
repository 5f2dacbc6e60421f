// How a model takes its pixels, where no record says: what its first layers do, which network it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/applications.hpp>
#include <markhor/image_input.hpp>
#include <markhor/layers.hpp>
#include <markhor/layers/operators.hpp>
#include <markhor/slim.hpp>

#include "insight/rebuild.hpp"

namespace markhor {
namespace {

using namespace layers;
using testing::HasSubstr;

std::string mode_of(const Model& model) { return image_input(model).input.scaling->mode; }

Model of(std::vector<SequentialItem> front) {
    front.insert(front.begin(), SequentialItem(Input({16, 16, 3})));
    front.emplace_back(Conv2D(2, {3, 3}));
    front.emplace_back(GlobalAveragePooling2D());
    return Sequential(front);
}

TEST(FoundImageInput, LayersThatRescaleTakePixelsAsTheyAre) {
    EXPECT_EQ(mode_of(of({Rescaling(1.0 / 255)})), "raw");
    EXPECT_EQ(mode_of(of({Rescaling(1.0 / 127.5, {.offset = -1.0})})), "raw");
    EXPECT_EQ(mode_of(of({RandomFlip("horizontal"), Rescaling(1.0 / 255)})), "raw");
    EXPECT_EQ(mode_of(of({CenterCrop(12, 12), ZeroPadding2D(1), Rescaling(1.0 / 255)})), "raw");
    EXPECT_EQ(mode_of(of({Normalization({.mean = {123.0, 117.0, 104.0}, .variance = {3400.0, 3300.0, 3500.0}})})),
              "raw");
    const Model inner = Sequential({Input({16, 16, 3}), Rescaling(1.0 / 255)});
    EXPECT_EQ(mode_of(of({inner})), "raw");
}

TEST(FoundImageInput, LayersThatExpectSmallNumbersGetThem) {
    EXPECT_EQ(mode_of(of({})), "1/255");
    EXPECT_EQ(mode_of(of({Rescaling(255.0)})), "1/255");
    EXPECT_EQ(mode_of(of({Rescaling(2.0, {.offset = -1.0})})), "1/255");
    EXPECT_EQ(mode_of(of({Rescaling(127.5, {.offset = 127.5})})), "tf");
    EXPECT_EQ(mode_of(of({Normalization({.mean = {0.485, 0.456, 0.406}, .variance = {0.052, 0.05, 0.05}})})), "1/255");
    // Behind what learns, a Rescaling says nothing of pixels.
    EXPECT_EQ(mode_of(of({Conv2D(3, {1, 1}), Rescaling(1.0 / 255)})), "1/255");
}

TEST(FoundImageInput, ArithmeticAtTheInputCounts) {
    const SymbolicTensor x = Input({16, 16, 3});
    const SymbolicTensor y = GlobalAveragePooling2D()(Conv2D(2, {3, 3})(x / 127.5 - 1.0));
    EXPECT_EQ(mode_of(Model({.inputs = {x}, .outputs = {y}})), "raw");
}

TEST(FoundImageInput, NetworksOfKerasApplicationsHaveTheirMode) {
    for (const auto& [name, mode] : std::vector<std::pair<std::string, std::string>>{{"VGG16", "caffe"},
                                                                                     {"ResNet50", "caffe"},
                                                                                     {"ResNet50V2", "tf"},
                                                                                     {"MobileNet", "tf"},
                                                                                     {"MobileNetV2", "tf"},
                                                                                     {"MobileNetV3Small", "raw"},
                                                                                     {"EfficientNetB0", "raw"},
                                                                                     {"EfficientNetV2B0", "raw"},
                                                                                     {"ConvNeXtTiny", "raw"},
                                                                                     {"DenseNet121", "torch"}}) {
        const Model network =
            applications::make_network(name, {.include_top = false, .input_shape = {32, 32, 3}, .name = "mine"});
        EXPECT_EQ(mode_of(network), mode) << name;
        const SymbolicTensor x = Input({32, 32, 3});
        EXPECT_EQ(mode_of(Model({.inputs = {x}, .outputs = {GlobalAveragePooling2D()(network(x))}})), mode) << name;
    }
}

TEST(FoundImageInput, ARecordCountsMoreAndAnExplicitScaleMost) {
    const Model model = of({Rescaling(1.0 / 255)});
    set_image_input(model, {.scaling = PixelScaling::named("torch")});
    EXPECT_EQ(mode_of(model), "torch");
    EXPECT_THAT(image_input(model).line(), HasSubstr("stored with the model"));
    EXPECT_EQ(image_input(model, "0.5").input.scaling->factor, std::vector<double>{0.5});
    EXPECT_EQ(stored_image_input(insight::rebuild(model))->scaling, PixelScaling::named("torch"));
    EXPECT_EQ(stored_image_input(insight::fold_batch_normalization(model).model)->scaling->mode, "torch");
}

TEST(FitPixels, AreThoseOfPreprocessInput) {
    Tensor pixels({2, 2, 3}, DType::float32);
    float value = 0;
    for (float& pixel : pixels.data<float>()) pixel = value += 20;
    for (const char* mode : {"tf", "caffe", "torch"}) {
        ImageInput input{.scaling = PixelScaling::named(mode), .height = 2, .width = 2};
        const Tensor fitted = fit_pixels(pixels, input);
        const Tensor expected = applications::preprocess_input(pixels, {.mode = mode});
        for (std::size_t i = 0; i < 12; ++i)
            EXPECT_NEAR(std::as_const(fitted).data<float>()[i], expected.data<float>()[i], 2e-5) << mode;
    }
}

}  // namespace
}  // namespace markhor
