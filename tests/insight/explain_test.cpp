// Heat maps: against real Keras's (conformance/record_gradcam.py), and on images whose evidence lies where we put it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <markhor/case_study.hpp>
#include <markhor/explain.hpp>
#include <markhor/layers.hpp>
#include <markhor/saving.hpp>

#include "data/npz.hpp"
#include "support/paths.hpp"

namespace markhor::insight {
namespace {

using namespace layers;

class ExplainTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }

    static void expect_near(const Tensor& heat, const Tensor& wanted) {
        ASSERT_EQ(heat.shape(), wanted.shape());
        double largest = 0;
        for (const float value : wanted.data<float>())
            largest = std::max(largest, std::abs(static_cast<double>(value)));
        ASSERT_GT(largest, 0);
        for (std::size_t i = 0; i < wanted.data<float>().size(); ++i)
            ASSERT_NEAR(heat.data<float>()[i], wanted.data<float>()[i], 1e-5 * largest) << i;
    }

    /// Takes bright places in the image for class 1 and dark ones for class 0.
    static Sequential brightness(const SequentialItem& pooling, std::int64_t inputs) {
        Sequential model({Input({12, 12, 1}), Conv2D(2, {3, 3}, {.padding = "same", .activation = "relu"}), pooling,
                          Dense(2, {.activation = "softmax"})});
        Layer convolution = model.layers()[0];
        convolution.set_weights({Tensor::full({3, 3, 1, 2}, 1), Tensor::zeros({2})});
        std::vector<float> kernel;
        for (std::int64_t i = 0; i < inputs; ++i) {
            kernel.push_back(-1);
            kernel.push_back(1);
        }
        Layer dense = model.layers().back();
        dense.set_weights({Tensor::from({inputs, 2}, kernel), Tensor::zeros({2})});
        return model;
    }

    static Tensor spot(std::int64_t row, std::int64_t column) {
        Tensor image = Tensor::zeros({12, 12, 1});
        image.data<float>()[static_cast<std::size_t>(12 * row + column)] = 1;
        return image;
    }

    static std::pair<std::int64_t, std::int64_t> hottest(const Tensor& heat) {
        const std::span<const float> values = heat.data<float>();
        const std::int64_t place = std::ranges::max_element(values) - values.begin();
        return {place / heat.shape()[1], place % heat.shape()[1]};
    }
};

TEST_F(ExplainTest, AgreesWithKeras) {
    const std::string folder = markhor::test::golden("insight/");
    const Model model = load_model(folder + "gradcam.keras");
    const auto recorded = data::read_npz(folder + "gradcam.npz");
    const Tensor& image = recorded.at("image");
    for (const char* layer : {"early", "late"}) {
        const Explanation found = explain(model, image, {.layer = layer, .class_index = 2});
        EXPECT_EQ(found.method, "gradcam");
        EXPECT_NEAR(found.output, recorded.at("said").data<float>()[2], 1e-5);
        expect_near(found.heat, recorded.at(layer));
    }
    const Explanation cam = explain(model, image, {.class_index = 2});
    EXPECT_EQ(cam.method, "cam");
    EXPECT_EQ(cam.layer, "joined");
    expect_near(cam.heat, recorded.at("cam"));
}

TEST_F(ExplainTest, HeatLiesWhereTheEvidenceIs) {
    const Sequential pooled = brightness(GlobalAveragePooling2D(), 2);
    const Explanation cam = explain(pooled, spot(8, 3));
    EXPECT_EQ(cam.method, "cam");
    EXPECT_EQ(cam.class_index, 1);
    const auto [row, column] = hottest(cam.heat);
    EXPECT_LE(std::abs(row - 8), 1);
    EXPECT_LE(std::abs(column - 3), 1);
    EXPECT_EQ(cam.heat.data<float>()[0], 0);
    // Evidence for bright is evidence against dark.
    const Explanation against = explain(pooled, spot(8, 3), {.class_index = 0});
    EXPECT_LT(*std::ranges::min_element(against.heat.data<float>()), 0);
    EXPECT_EQ(hottest(heat_for_pixels(against.heat, 12, 12)), (std::pair<std::int64_t, std::int64_t>{0, 0}));

    const Explanation flat = explain(brightness(Flatten(), 2 * 144), spot(2, 10));
    EXPECT_EQ(flat.method, "gradcam");
    EXPECT_EQ(flat.layer, "conv2d_1");
    EXPECT_LE(std::abs(hottest(flat.heat).first - 2), 1);
    EXPECT_LE(std::abs(hottest(flat.heat).second - 10), 1);
}

TEST_F(ExplainTest, DrawsColdPlacesBlueAndHotOnesRed) {
    Tensor heat = Tensor::zeros({2, 2});
    heat.data<float>()[3] = 5;
    Tensor pixels = Tensor::zeros({8, 8, 3}, DType::uint8);
    const Tensor drawn = draw_heat(heat, pixels);
    ASSERT_EQ(drawn.shape(), (Shape{8, 8, 3}));
    const std::span<const std::uint8_t> colours = std::as_const(drawn).data<std::uint8_t>();
    EXPECT_GT(colours[2], 2 * colours[0]);                // the first pixel: blue over red
    EXPECT_GT(colours[3 * 63], 4 * colours[3 * 63 + 2]);  // the last: red over blue
    EXPECT_EQ(draw_heat(heat, Tensor::zeros({4, 6, 1}, DType::uint8)).shape(), (Shape{4, 6, 3}));
    EXPECT_THROW((void)draw_heat(heat, Tensor::zeros({4, 6, 2}, DType::uint8)), ShapeError);
    EXPECT_THROW((void)draw_heat(heat, Tensor::zeros({4, 6, 3})), ShapeError);
    EXPECT_THROW((void)heat_for_pixels(Tensor::zeros({4}), 2, 2), ShapeError);
}

TEST_F(ExplainTest, NamesWhatItCannotExplain) {
    const Sequential model = head_network("flatten", {28, 28, 1}, 10);
    const Tensor image = Tensor::zeros({28, 28, 1});
    const auto error_of = [&](const ExplainOptions& options, const Tensor& given) -> std::string {
        try {
            (void)explain(model, given, options);
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    };
    EXPECT_THAT(error_of({.method = "cam"}, image), testing::HasSubstr("does not end in GlobalAveragePooling2D"));
    EXPECT_THAT(error_of({.method = "lime"}, image), testing::HasSubstr("there are auto, cam, gradcam"));
    EXPECT_THAT(error_of({.layer = "conv9"}, image), testing::HasSubstr("no layer is named 'conv9'"));
    EXPECT_THAT(error_of({.layer = "dense"}, image), testing::HasSubstr("'dense' makes no map"));
    EXPECT_THAT(error_of({.class_index = 10}, image), testing::HasSubstr("the model has 10"));
    EXPECT_THAT(error_of({}, Tensor::zeros({28, 28, 3})), testing::HasSubstr("takes float32 (28, 28, 1)"));
}

}  // namespace
}  // namespace markhor::insight
