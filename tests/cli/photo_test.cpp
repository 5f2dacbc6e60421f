// What an owner of photos is told before anything is learnt, and that what was asked of images is what is done with
// them by each command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// One half bright, the other dark.
void write_photo(const fs::path& file, bool left, std::int64_t height, std::int64_t width, int seed) {
    Tensor pixels({height, width, 3}, DType::uint8);
    const std::span<std::uint8_t> values = pixels.data<std::uint8_t>();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto column = static_cast<std::int64_t>(i / 3) % width;
        const bool bright = (column < width / 2) == left;
        values[i] = static_cast<std::uint8_t>((bright ? 180 : 20) + (static_cast<int>(i) * 7 + seed * 31) % 40);
    }
    fs::create_directories(file.parent_path());
    utils::save_img(file, pixels, false);
}

/// 20 images of the class left and 8 of the class right, of 24x32 pixels.
class PhotoTest : public testing::Test {
protected:
    void SetUp() override {
        for (int i = 0; i < 20; ++i) write_photo(photos / "left" / (std::to_string(10 + i) + ".png"), true, 24, 32, i);
        for (int i = 0; i < 8; ++i) write_photo(photos / "right" / (std::to_string(10 + i) + ".png"), false, 24, 32, i);
    }
    Outcome train(std::vector<std::string> more) const {
        std::vector<std::string> all = {"train", photos.string(), "--epochs",   "2",      "--batch-size",
                                        "8",     "--out",         out.string(), "--seed", "1"};
        all.insert(all.end(), more.begin(), more.end());
        return run(all);
    }
    json results() const { return json::parse(read_text(out / "results.json")); }

    TemporaryFolder scratch;
    fs::path photos = scratch.path / "photos";
    fs::path out = scratch.path / "out";
};

TEST_F(PhotoTest, TrainTellsWhatIsThereBeforeTheFirstEpoch) {
    fs::create_directories(photos / "@eaDir");
    fs::create_directories(photos / "nothing");
    write_text(photos / "left" / "notes.txt", "x");
    const Outcome outcome = train({"--validation-split", "0.25"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    const std::string told = outcome.output.substr(0, outcome.output.find("Epoch 1/"));
    EXPECT_THAT(told, HasSubstr("28 images of 2 classes"));
    EXPECT_THAT(told, HasSubstr("width 32, height 24; 28 PNG"));
    EXPECT_THAT(told, HasSubstr("the largest class has 2.5 times the images of the smallest"));
    EXPECT_THAT(told, HasSubstr("--class-weight balanced"));
    EXPECT_THAT(told, HasSubstr("@eaDir"));
    EXPECT_THAT(told, HasSubstr("nothing: holds no images"));
    EXPECT_THAT(told, HasSubstr("notes.txt"));
    EXPECT_THAT(told, HasSubstr("images 24x32x3; memory: about"));
    // A fifth of each class to test on, then a quarter of the rest.
    EXPECT_THAT(told, HasSubstr("16 images to train on, 6 to validate on, 6 to test on"));
}

TEST_F(PhotoTest, AllBrokenImagesAreToldAtOnceAndCanBePassedOver) {
    write_text(photos / "left" / "a.png", "no image");
    write_text(photos / "right" / "b.jpg", "nor this");
    const Outcome refused = train({});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.errors, HasSubstr("2 of 30 images are broken"));
    EXPECT_THAT(refused.errors, HasSubstr("--skip-broken"));
    EXPECT_THAT(refused.errors, HasSubstr("a.png"));
    EXPECT_THAT(refused.errors, HasSubstr("b.jpg"));
    const Outcome skipped = train({"--skip-broken"});
    ASSERT_EQ(skipped.status, 0) << skipped.errors;
    EXPECT_THAT(skipped.output, HasSubstr("22 images to train on, 6 to test on; 2 broken, passed over"));
}

TEST_F(PhotoTest, PatienceGoesByTheValidationSetAndEvaluateFindsItAgain) {
    const Outcome outcome = train({"--validation-split", "0.25", "--patience", "5"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, Not(HasSubstr("goes by the images to test on")));
    const json head = results().at("heads").at(0);
    const auto losses = head.at("history").at("val_loss").get<std::vector<double>>();
    const Outcome validated = run({"evaluate", out, "--part", "validation", "--format", "json"});
    ASSERT_EQ(validated.status, 0) << validated.errors;
    const json measured = json::parse(validated.output);
    EXPECT_EQ(measured.at("images"), 6);
    // The best epoch's weights were kept.
    EXPECT_NEAR(measured.at("loss").get<double>(), *std::ranges::min_element(losses), 1e-4);
    const Outcome tested = run({"evaluate", out, "--format", "json"});
    ASSERT_EQ(tested.status, 0) << tested.errors;
    EXPECT_NEAR(json::parse(tested.output).at("loss").get<double>(), head.at("test_loss").get<double>(), 1e-4);
    fs::remove_all(out);
    EXPECT_THAT(train({"--patience", "5"}).output, HasSubstr("--patience goes by the images to test on"));
}

TEST_F(PhotoTest, ImagesWithTransparencyAreReportedToo) {
    const Outcome outcome = train({"--color-mode", "rgba"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("images 24x32x4"));
}

TEST_F(PhotoTest, HowImagesAreFittedTravelsWithTheModel) {
    ASSERT_EQ(train({"--fit", "crop", "--interpolation", "bicubic", "--exif", "--color-mode", "grayscale",
                     "--image-size", "24"})
                  .status,
              0);
    const fs::path tuned = scratch.path / "tuned.keras";
    ASSERT_EQ(run({"finetune", out, "-o", tuned, "--data", photos, "--epochs", "1", "--head-epochs", "1",
                   "--batch-size", "8"})
                  .status,
              0);
    for (const fs::path& file : {out / "model.keras", tuned}) {
        const auto record = stored_image_input(load_model(file));
        ASSERT_TRUE(record) << file;
        EXPECT_EQ(record->fit, "crop") << file;
        EXPECT_EQ(record->interpolation, "bicubic") << file;
        EXPECT_TRUE(record->exif) << file;
        EXPECT_EQ(record->color_mode, "grayscale") << file;
    }
}

TEST_F(PhotoTest, PredictSaysOfAnImageWhatTheModelDoes) {
    ASSERT_EQ(train({"--fit", "pad", "--image-size", "20"}).status, 0);
    const Model model = load_model(out / "model.keras");
    const fs::path photo = photos / "right" / "10.png";
    const Tensor expected = model.predict(load_image_for(photo, model).reshaped({1, 20, 20, 3}));
    const Outcome outcome = run({"predict", out, photos, "--top-k", "2", "--format", "json", "--batch-size", "5"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    const json all = json::parse(outcome.output);
    ASSERT_EQ(all.size(), 28U);
    const auto found = std::ranges::find_if(all, [&](const json& each) { return each.at("file") == photo.string(); });
    ASSERT_NE(found, all.end());
    for (const json& guess : found->at("predictions")) {
        EXPECT_NEAR(guess.at("probability").get<float>(), expected.data<float>()[guess.at("class").get<std::size_t>()],
                    1e-5F);
    }
}

TEST_F(PhotoTest, OptionsOfImagesAreCheckedByEachCommand) {
    for (const std::vector<std::string>& wrong :
         {std::vector<std::string>{"train", photos.string(), "--fit", "squeeze"},
          {"train", photos.string(), "--cache", "2 GB"},
          {"compare", photos.string(), "--interpolation", "linear"},
          {"evaluate", photos.string(), "--fit", "cropped"},
          {"predict", photos.string(), photos.string(), "--interpolation", "box"}}) {
        const Outcome outcome = run(wrong);
        EXPECT_NE(outcome.status, 0) << wrong.back();
        EXPECT_THAT(outcome.errors, HasSubstr("got " + wrong.back() + "; expected")) << wrong.back();
    }
}

TEST_F(PhotoTest, MemoryThatWillNotDoIsRefusedWithTheSizeThatWill) {
    const Outcome outcome = train({"--image-size", "8000"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.output, Not(HasSubstr("Epoch 1/")));
    EXPECT_THAT(outcome.errors, HasSubstr("--image-size "));
    EXPECT_THAT(outcome.errors, HasSubstr(" will do"));
}

}  // namespace
}  // namespace markhor::cli::test
