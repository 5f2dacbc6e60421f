// Shifts, calibration and confusion, on a model whose answers are known.
#include <markhor/behaviour.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/error.hpp>
#include <markhor/layers.hpp>

namespace markhor::insight {
namespace {

using namespace layers;

/// Images of 3x3 pixels, one number in each first pixel.
Dataset firsts(const std::vector<float>& numbers, const std::vector<std::int32_t>& labels) {
    const auto count = static_cast<std::int64_t>(numbers.size());
    Tensor x = Tensor::zeros({count, 3, 3, 1});
    for (std::size_t i = 0; i < numbers.size(); ++i) x.data<float>()[9 * i] = numbers[i];
    return Dataset(x, Tensor::from({count}, labels));
}

/// Says for class 1 what the first pixel holds, and 1 less that for class 0.
Sequential first_pixel() {
    Sequential model({Input({3, 3, 1}), Flatten(), Dense(2)});
    std::vector<float> kernel(18, 0.0F);
    kernel[0] = -1;
    kernel[1] = 1;
    Layer dense = model.layers().back();
    dense.set_weights({Tensor::from({9, 2}, kernel), Tensor::from<float>({2}, std::vector<float>{1, 0})});
    return model;
}

TEST(BehaviourTest, CountsConfusionAndConfidence) {
    const Dataset data = firsts({0.9F, 0.8F, 0.3F, 0.1F}, {1, 0, 0, 0});
    const Behaviour found = behaviour(first_pixel(), data, {.most_shift = 0, .bins = 4});
    EXPECT_EQ(found.confusion, (std::vector<std::vector<std::int64_t>>{{2, 1}, {0, 1}}));
    // 0.9, 0.8 (wrong), 0.9 lie in the last bin, 0.7 in the third.
    ASSERT_EQ(found.bins.size(), 4);
    EXPECT_EQ(found.bins[3].images, 3);
    EXPECT_NEAR(found.bins[3].confidence, (0.9 + 0.8 + 0.9) / 3, 1e-6);
    EXPECT_NEAR(found.bins[3].accuracy, 2.0 / 3, 1e-12);
    EXPECT_EQ(found.bins[2].images, 1);
    EXPECT_NEAR(found.calibration_error, 0.25 * 0.3 + 0.75 * ((0.9 + 0.8 + 0.9) / 3 - 2.0 / 3), 1e-6);
    EXPECT_THAT(found.shift_accuracy, testing::ElementsAre(0.75));
}

TEST(BehaviourTest, ShiftsMoveTheImageAndRepeatItsBorder) {
    const Dataset data = firsts({1.0F}, {1});
    Tensor x(Shape{1, 3, 3, 1}, DType::float32);
    Tensor y(Shape{1}, DType::int32);
    shifted(data, 1, 0).read(std::vector<std::int64_t>{0}, x, y);
    EXPECT_THAT(std::as_const(x).data<float>(), testing::ElementsAre(1, 0, 0, 1, 0, 0, 0, 0, 0));
    shifted(data, 0, -1).read(std::vector<std::int64_t>{0}, x, y);
    EXPECT_THAT(std::as_const(x).data<float>(), testing::Each(0.0F));
    // Left and up lose the first pixel: of four directions two are still right.
    EXPECT_THAT(behaviour(first_pixel(), data, {.most_shift = 1}).shift_accuracy, testing::ElementsAre(1.0, 0.5));
}

TEST(BehaviourTest, NamesWhatDoesNotFit) {
    EXPECT_THROW((void)behaviour(first_pixel(), firsts({1.0F}, {2})), ShapeError);
    EXPECT_THROW((void)shifted(Dataset(Tensor::zeros({2, 4}), Tensor::zeros({2}, DType::int32)), 1, 0), ShapeError);
}

}  // namespace
}  // namespace markhor::insight
