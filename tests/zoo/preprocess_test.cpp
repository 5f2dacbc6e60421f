// preprocess_input against real Keras's numbers, decode_predictions, and what both refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>

#include "support/files.hpp"

namespace markhor::applications {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

const Tensor pixels = Tensor::from<float>({1, 1, 2, 3}, {0, 64, 128, 255, 10, 200});

std::vector<float> values(const Tensor& tensor) {
    const auto data = tensor.data<float>();
    return {data.begin(), data.end()};
}

auto near(float value) { return FloatNear(value, 1e-5F * std::max(1.0F, std::abs(value))); }

TEST(PreprocessInputTest, AsKeras) {
    EXPECT_THAT(values(preprocess_input(pixels)), ElementsAre(near(24.060997F), near(-52.779F), near(-123.68F),
                                                              near(96.060997F), near(-106.779F), near(131.32F)));
    EXPECT_THAT(
        values(preprocess_input(pixels, {.mode = "tf"})),
        ElementsAre(near(-1), near(-0.49803919F), near(0.0039216280F), near(1), near(-0.92156863F), near(0.56862747F)));
    EXPECT_THAT(values(preprocess_input(pixels, {.mode = "torch"})),
                ElementsAre(near(-2.1179039F), near(-0.91526604F), near(0.42649257F), near(2.2489083F),
                            near(-1.8606442F), near(1.6813945F)));
    EXPECT_EQ(values(preprocess_input(pixels, {.mode = "none"})), values(pixels));
}

TEST(PreprocessInputTest, ChannelsFirstAndSingleImages) {
    const Tensor first = Tensor::from<float>({3, 1, 2}, {0, 255, 64, 10, 128, 200});
    EXPECT_THAT(values(preprocess_input(first, {.data_format = "channels_first"})),
                ElementsAre(near(24.060997F), near(96.060997F), near(-52.779F), near(-106.779F), near(-123.68F),
                            near(131.32F)));
    const Tensor bytes = Tensor::from<std::uint8_t>({1, 1, 3}, {0, 64, 128});
    EXPECT_THAT(values(preprocess_input(bytes)), ElementsAre(near(24.060997F), near(-52.779F), near(-123.68F)));
}

TEST(PreprocessInputTest, RefusesOtherChannelsAndModes) {
    EXPECT_THROW(preprocess_input(Tensor::zeros({1, 2, 2, 1})), ShapeError);
    EXPECT_THROW(preprocess_input(Tensor::zeros({3})), ShapeError);
    EXPECT_THROW(preprocess_input(pixels, {.mode = "imagenet"}), ValueError);
    EXPECT_THROW(preprocess_input(pixels, {.data_format = "nchw"}), ValueError);
}

TEST(PreprocessModeTest, IsTheNetworks) {
    EXPECT_EQ(preprocess_mode("ResNet50"), "caffe");
    EXPECT_EQ(preprocess_mode("ResNet50V2"), "tf");
    EXPECT_EQ(preprocess_mode("DenseNet201"), "torch");
    EXPECT_EQ(preprocess_mode("MobileNetV3Large"), "none");
}

class DecodePredictionsTest : public testing::Test {
protected:
    void write(const std::string& text) const { markhor::test::write_text(file, text); }
    const markhor::test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "index.json";
    const Tensor scores = Tensor::from<float>({2, 3}, {0.2F, 0.7F, 0.1F, 0.5F, 0.25F, 0.25F});
};

TEST_F(DecodePredictionsTest, BestFirst) {
    write(R"({"0": ["n1", "tench"], "1": ["n2", "goldfish"], "2": ["n3", "shark"]})");
    const auto decoded = decode_predictions(scores, file, 2);
    ASSERT_EQ(decoded.size(), 2U);
    ASSERT_EQ(decoded[0].size(), 2U);
    EXPECT_EQ(decoded[0][0].name, "goldfish");
    EXPECT_EQ(decoded[0][0].id, "n2");
    EXPECT_EQ(decoded[0][0].score, 0.7F);
    EXPECT_EQ(decoded[0][1].name, "tench");
    EXPECT_EQ(decoded[1][1].name, "goldfish");
    EXPECT_EQ(decode_predictions(scores, file)[0].size(), 3U);
}

TEST_F(DecodePredictionsTest, RefusesFilesThatAreNone) {
    EXPECT_THROW(decode_predictions(scores, "/nowhere/index.json"), FileError);
    for (const char* text :
         {"", "[]", R"({"0": 1, "1": 2, "2": 3})", R"({"a": ["n1", "x"], "b": ["n1", "x"], "c": ["n1", "x"]})"}) {
        write(text);
        EXPECT_THROW(decode_predictions(scores, file), FileError) << text;
    }
    write(R"({"0": ["n1", "tench"]})");
    EXPECT_THROW(decode_predictions(scores, file), ShapeError);
}

}  // namespace
}  // namespace markhor::applications
