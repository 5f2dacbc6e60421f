// evaluate and predict: a trained folder in, tables, CSV and JSON out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

/// A 24-bit BMP of 16x16 pixels, one half bright.
std::string bmp(bool left, int seed) {
    constexpr int side = 16;
    const auto number = [](std::uint64_t value, int bytes) {
        std::string text;
        for (int i = 0; i < bytes; ++i) text += static_cast<char>(i < 8 ? value >> (8 * i) & 255 : 0);
        return text;
    };
    std::string pixels;
    for (int i = 0; i < side * side; ++i) {
        const bool bright = (i % side < side / 2) == left;
        pixels += std::string(3, static_cast<char>((bright ? 180 : 20) + (seed * 31 + i * 7) % 40));
    }
    return "BM" + number(54 + pixels.size(), 4) + number(0, 4) + number(54, 4) + number(40, 4) + number(side, 4) +
           number(side, 4) + number(1, 2) + number(24, 2) + number(0, 4) + number(pixels.size(), 4) + number(0, 16) +
           pixels;
}

/// Class folders "left" and "right" with train and test images, and a network trained on them.
class PredictTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        scratch = new TemporaryFolder;
        for (const char* part : {"train", "test"}) {
            for (const bool left : {true, false}) {
                const fs::path folder = scratch->path / "photos" / part / (left ? "left" : "right");
                fs::create_directories(folder);
                for (int i = 0; i < 16; ++i) write_text(folder / (std::to_string(10 + i) + ".bmp"), bmp(left, i));
            }
        }
        ASSERT_EQ(run({"train", "--head", "flatten", "--data", *scratch / "photos", "--epochs", "8", "--batch-size",
                       "8", "--learning-rate", "0.01", "--seed", "1", "--out", *scratch / "out"})
                      .status,
                  0);
    }
    static void TearDownTestSuite() {
        delete scratch;
        scratch = nullptr;
    }
    static TemporaryFolder* scratch;
};
TemporaryFolder* PredictTest::scratch = nullptr;

TEST_F(PredictTest, EvaluateSaysWhatTrainingSaid) {
    const Outcome outcome = run({"evaluate", *scratch / "out", "--data", *scratch / "photos", "--format", "json"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    const json figures = json::parse(outcome.output);
    const json head = json::parse(read_text(scratch->path / "out/results.json")).at("heads")[0];
    EXPECT_EQ(figures.at("images"), 32);
    EXPECT_NEAR(figures.at("loss").get<double>(), head.at("test_loss").get<double>(), 1e-5);
    EXPECT_EQ(figures.at("accuracy"), head.at("test_accuracy"));
    const Outcome table =
        run({"evaluate", *scratch / "out/model.keras", "--data", *scratch / "photos", "--part", "train"});
    EXPECT_THAT(table.output, testing::StartsWith("images    32\naccuracy  "));
    const Outcome csv = run({"evaluate", *scratch / "out", "--data", *scratch / "photos", "--format", "csv"});
    EXPECT_THAT(csv.output, testing::StartsWith("images,accuracy,loss\n32,"));
}

TEST_F(PredictTest, PredictNamesTheClassesAsTheModelHasThem) {
    const std::string left = *scratch / "photos/test/left";
    const std::string right = *scratch / "photos/test/right/12.bmp";
    const Outcome outcome = run({"predict", *scratch / "out", left, right, "--top-k", "2", "--format", "json"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    const json all = json::parse(outcome.output);
    ASSERT_EQ(all.size(), 17U);
    const Model model = load_model(scratch->path / "out/model.keras");
    for (const json& each : all) {
        const json& guesses = each.at("predictions");
        ASSERT_EQ(guesses.size(), 2U);
        EXPECT_NEAR(guesses[0].at("probability").get<double>() + guesses[1].at("probability").get<double>(), 1, 1e-6);
        EXPECT_GE(guesses[0].at("probability"), guesses[1].at("probability"));
        const Tensor image = data::load_image(each.at("file").get<std::string>());
        Tensor scaled(image.shape().with_batch(1), DType::float32);
        std::ranges::transform(image.data<float>(), scaled.data<float>().begin(), [](float v) { return v / 255; });
        const Tensor scores = model.predict(scaled);
        const auto label = guesses[0].at("class").get<std::size_t>();
        EXPECT_NEAR(guesses[0].at("probability").get<double>(), scores.data<float>()[label], 1e-5);
        EXPECT_EQ(guesses[0].at("name"), label == 0 ? "left" : "right");
    }
    EXPECT_EQ(all[0].at("predictions")[0].at("name"), "left");
    EXPECT_EQ(all[16].at("predictions")[0].at("name"), "right");
}

TEST_F(PredictTest, PrintsATableOrCsv) {
    const std::string file = *scratch / "photos/test/left/10.bmp";
    const Outcome table = run({"predict", *scratch / "out", file});
    EXPECT_EQ(std::ranges::count(table.output, '\n'), 1);
    EXPECT_THAT(table.output, HasSubstr(file + "  left "));
    fs::create_directories(scratch->path / "odd, \"name\"");
    fs::copy_file(file, scratch->path / "odd, \"name\"/a.bmp", fs::copy_options::overwrite_existing);
    const Outcome csv =
        run({"predict", *scratch / "out", *scratch / "odd, \"name\"", "--top-k", "9", "--format", "csv"});
    std::istringstream lines(csv.output);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "file,rank,class,name,probability");
    std::getline(lines, line);
    EXPECT_THAT(line, HasSubstr("odd, \"\"name\"\"/a.bmp\",1,0,left,"));
    EXPECT_EQ(std::ranges::count(csv.output, '\n'), 3);  // there are two classes
}

TEST_F(PredictTest, BrokenImagesAreNamedOrSkippedAndCounted) {
    const fs::path folder = scratch->path / "broken";
    fs::create_directories(folder);
    write_text(folder / "a.bmp", bmp(true, 1).substr(0, 200));
    write_text(folder / "b.bmp", bmp(false, 1));
    const Outcome refused = run({"predict", *scratch / "out", folder.string()});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.errors, HasSubstr("a.bmp"));
    const Outcome skipped = run({"predict", *scratch / "out", folder.string(), "--skip-broken"});
    EXPECT_EQ(skipped.status, 0);
    EXPECT_THAT(skipped.output, HasSubstr("b.bmp"));
    EXPECT_THAT(skipped.errors, HasSubstr("1 of 2 images were skipped"));
}

TEST_F(PredictTest, AModelOfAnySizeRunsAtTheSizeThatIsAskedFor) {
    const auto layers = [](const Shape& input) {
        return Sequential({Input(input), layers::Conv2D(4, {3, 3}, {.activation = "relu"}),
                           layers::GlobalAveragePooling2D(), layers::Dense(2, {.activation = "softmax"})});
    };
    Sequential any = layers({none, none, 3});
    any.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"sparse_categorical_crossentropy"}});
    any.save(*scratch / "any.keras");
    Sequential sized = layers({12, 12, 3});
    sized.set_weights(any.get_weights());
    sized.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"sparse_categorical_crossentropy"}});
    sized.save(*scratch / "sized.keras");
    const std::string image = *scratch / "photos/test/left/12.bmp";
    const Outcome asked =
        run({"predict", *scratch / "any.keras", image, "--image-size", "12", "--top-k", "2", "--format", "json"});
    ASSERT_EQ(asked.status, 0) << asked.errors;
    EXPECT_EQ(asked.output,
              run({"predict", *scratch / "sized.keras", image, "--top-k", "2", "--format", "json"}).output);
    const Outcome measured =
        run({"evaluate", *scratch / "any.keras", "--data", *scratch / "photos", "--image-size", "12"});
    ASSERT_EQ(measured.status, 0) << measured.errors;
    EXPECT_THAT(measured.output, HasSubstr("\nsparse_categorical_crossentropy "));  // compiled as it was
    EXPECT_EQ(measured.output, run({"evaluate", *scratch / "sized.keras", "--data", *scratch / "photos"}).output);
    EXPECT_THAT(run({"predict", *scratch / "any.keras", image}).errors, HasSubstr("--image-size must say which"));
}

TEST_F(PredictTest, WhatIsMissingIsOneLine) {
    const auto complaint = [](const std::vector<std::string>& arguments) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.status, 1);
        EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
        return outcome.errors;
    };
    EXPECT_THAT(complaint({"predict", *scratch / "none.keras", "a.png"}),
                HasSubstr("there is no such file; expected a model"));
    EXPECT_THAT(complaint({"predict", *scratch / "out", *scratch / "none.png"}), HasSubstr("none.png: there is no"));
    fs::create_directories(scratch->path / "empty");
    EXPECT_THAT(complaint({"predict", *scratch / "out", *scratch / "empty"}), HasSubstr("there is no image in"));
    EXPECT_THAT(complaint({"evaluate", *scratch / "out", "--data", *scratch / "empty"}), HasSubstr("empty"));
    EXPECT_EQ(run({"predict", *scratch / "out"}).status, 2);
}

}  // namespace
}  // namespace markhor::cli::test
