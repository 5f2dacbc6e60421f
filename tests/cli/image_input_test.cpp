// How the commands take pixels, and what travels with a model: evaluate and predict against Keras's numbers for six
// ways of scaling, the record through every command, result folders, sets of images.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <markhor/image_input.hpp>
#include <markhor/saving.hpp>
#include <nlohmann/json.hpp>

#include "cli/support.hpp"
#include "support/paths.hpp"

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;
using markhor::test::golden;
using nlohmann::json;
using testing::HasSubstr;

const std::vector<std::string> ways = {"rescaling", "unit", "tf", "caffe", "torch", "normalization"};

std::string photos() { return golden("image_input/photos"); }

json recorded() { return json::parse(read_text(golden("image_input/keras.json"))); }

/// --scale, where the model cannot know it.
std::vector<std::string> with_scale(std::vector<std::string> arguments, const json& way) {
    if (!way.at("scale").is_null()) arguments.insert(arguments.end(), {"--scale", way.at("scale")});
    return arguments;
}

TEST(ImageInputOfCommands, EvaluateTakesAllImagesOfAFolderOfClasses) {
    const std::string model = golden("image_input/rescaling.keras");
    const auto images = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments = {"evaluate", model, "--data", photos() + "/train", "--format", "csv"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments).output;
    };
    EXPECT_THAT(images({}), HasSubstr("\n8,"));
    EXPECT_EQ(images({"--part", "all"}), images({}));
    EXPECT_THAT(images({"--part", "test"}), HasSubstr("\n2,"));  // one image of each class is held out
}

TEST(ImageInputOfCommands, EvaluateAndPredictAreKerassForSixWaysOfScaling) {
    const json keras = recorded();
    for (const std::string& way : ways) {
        SCOPED_TRACE(way);
        const std::string model = golden("image_input/" + way + ".keras");
        const json& expected = keras.at(way);
        const Outcome outcome = run(with_scale({"evaluate", model, "--data", photos(), "--format", "json"}, expected));
        ASSERT_EQ(outcome.status, 0) << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr("pixels: "));
        const json figures = json::parse(outcome.output);
        const double loss = expected.at("loss");
        EXPECT_NEAR(figures.at("loss").get<double>(), loss, 1e-4 * std::max(1.0, loss));
        EXPECT_EQ(figures.at("accuracy").get<double>(), expected.at("accuracy").get<double>());
        const Outcome said = run(with_scale(
            {"predict", model, photos() + "/test/dark", photos() + "/test/light", "--top-k", "2", "--format", "json"},
            expected));
        ASSERT_EQ(said.status, 0) << said.errors;
        const json all = json::parse(said.output);
        ASSERT_EQ(all.size(), expected.at("predictions").size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (const json& guess : all[i].at("predictions")) {
                EXPECT_NEAR(guess.at("probability").get<double>(),
                            expected.at("predictions")[i][guess.at("class").get<std::size_t>()].get<double>(), 1e-5);
            }
        }
    }
}

TEST(ImageInputOfCommands, TheLineSaysWhatWasTakenAndWhy) {
    const auto line = [](const std::string& way, std::vector<std::string> more = {}) {
        std::vector<std::string> all = {"predict", golden("image_input/" + way + ".keras"),
                                        photos() + "/test/dark/1.png"};
        all.insert(all.end(), more.begin(), more.end());
        return run(all).errors;
    };
    EXPECT_THAT(line("rescaling"), HasSubstr("pixels: as they are, 0 to 255 (the model's layer 'rescaling'"));
    EXPECT_THAT(line("normalization"), HasSubstr("pixels: as they are, 0 to 255 (the model's layer 'normalization'"));
    EXPECT_THAT(line("unit"), HasSubstr("pixels: x/255 (nothing else is known"));
    EXPECT_THAT(line("unit", {"--scale", "tf"}), HasSubstr("pixels: x/127.5 - 1 (mode tf) (as --scale says)"));
    EXPECT_THAT(line("unit", {"--scale=1/255"}), HasSubstr("pixels: x/255 (as --scale says)"));
    for (const char* bad : {"0", "nan", "inf", "1/0", "grey", "1e999", "-"}) {
        EXPECT_THAT(line("unit", {std::string("--scale=") + bad}), HasSubstr("expected a factor")) << bad;
    }
}

ImageInput named_input() {
    return {.class_names = {"night, \"late\"", "día"},
            .scaling = PixelScaling::named("tf"),
            .color_mode = "rgb",
            .height = 24,
            .width = 24,
            .fit = "crop",
            .interpolation = "nearest"};
}

/// The "tf" model with a record, in a folder of its own.
std::string model_with_record(const fs::path& folder) {
    const Model model = load_model(golden("image_input/tf.keras"));
    set_image_input(model, named_input());
    model.save(folder / "named.keras");
    return folder / "named.keras";
}

TEST(ImageInputOfCommands, TheRecordSurvivesEveryCommandThatWritesAModel) {
    const TemporaryFolder scratch;
    const std::string model = model_with_record(scratch.path);
    const auto survives = [&](const std::string& file, const std::vector<std::string>& command) {
        SCOPED_TRACE(command.front() + " to " + file);
        const Outcome outcome = run(command);
        ASSERT_EQ(outcome.status, 0) << outcome.errors;
        const std::optional<ImageInput> record = stored_image_input(load_model(file));
        ASSERT_TRUE(record);
        EXPECT_EQ(*record, named_input());
    };
    survives(scratch / "a.h5", {"convert", model, scratch / "a.h5"});
    survives(scratch / "b.keras", {"convert", scratch / "a.h5", scratch / "b.keras"});
    survives(scratch / "c.keras", {"slim", model, "-o", scratch / "c.keras", "--head", "keep", "--fold"});
    survives(scratch / "d.h5", {"slim", model, "-o", scratch / "d.h5", "--head", "keep", "--data", photos(), "--epochs",
                                "1", "--batch-size", "4"});

    // Fine-tuning names the new classes; the rest stays.
    const Outcome tuned = run({"finetune", model, "-o", scratch / "e.keras", "--data", photos(), "--head-epochs", "1",
                               "--epochs", "0", "--batch-size", "4"});
    ASSERT_EQ(tuned.status, 0) << tuned.errors;
    ImageInput expected = named_input();
    expected.class_names = {"dark", "light"};
    EXPECT_EQ(stored_image_input(load_model(scratch / "e.keras")), expected);

    ASSERT_EQ(run({"export", model, "-o", scratch / "f.onnx"}).status, 0);
    EXPECT_THAT(read_text(scratch / "f.onnx"), HasSubstr("\"mode\":\"tf\""));
    ASSERT_EQ(run({"export", model, "-o", scratch / "f.hpp"}).status, 0);
    EXPECT_THAT(read_text(scratch / "f.hpp"), HasSubstr("//   class 1: día"));
}

TEST(ImageInputOfCommands, AModelCopiedAlonePredictsWithNamesAndScale) {
    const TemporaryFolder scratch;
    const Outcome trained =
        run({"train", "--data", photos(), "--epochs", "1", "--batch-size", "4", "--out", scratch / "out"});
    ASSERT_EQ(trained.status, 0) << trained.errors;
    fs::create_directories(scratch.path / "elsewhere");
    fs::copy_file(scratch / "out/model.keras", scratch / "elsewhere/copy.keras");
    ASSERT_EQ(run({"convert", scratch / "out", scratch / "elsewhere/copy.h5"}).status, 0);
    const std::string image = photos() + "/test/dark/1.png";
    const Outcome at_home = run({"predict", scratch / "out", image, "--top-k", "2", "--format", "json"});
    EXPECT_THAT(at_home.errors, HasSubstr("pixels: x/255 (stored with the model)"));
    EXPECT_THAT(at_home.output, HasSubstr("\"name\":\"dark\""));
    for (const char* copy : {"elsewhere/copy.keras", "elsewhere/copy.h5"}) {
        const Outcome away = run({"predict", scratch / copy, image, "--top-k", "2", "--format", "json"});
        EXPECT_EQ(away.output, at_home.output) << copy;
        EXPECT_EQ(away.errors, at_home.errors) << copy;
    }

    // evaluate knows the run's own data; every command takes the folder.
    const Outcome own = run({"evaluate", scratch / "out", "--format", "csv"});
    EXPECT_EQ(own.output, run({"evaluate", scratch / "out", "--data", photos(), "--format", "csv"}).output);
    EXPECT_THAT(own.output, HasSubstr("images,accuracy,loss\n8,"));
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"summary", scratch / "out"},
                                               {"audit", scratch / "out", "--data", photos()},
                                               {"explain", scratch / "out", image, "-o", scratch / "heat.png"},
                                               {"profile", scratch / "out", "--runs", "1"},
                                               {"plot", scratch / "out", "-o", scratch / "m.dot"},
                                               {"export", scratch / "out", "-o", scratch / "m.onnx"},
                                               {"slim", scratch / "out", "-o", scratch / "s.keras", "--head", "keep"},
                                               {"compare", scratch / "out", golden("image_input/rescaling.keras"),
                                                "--data", photos(), "--out", scratch / "compared"}}) {
        const Outcome outcome = run(command);
        EXPECT_EQ(outcome.status, 0) << command.front() << ": " << outcome.errors;
    }
    // Each of the compared models got the pixels as it takes them.
    const json compared = json::parse(read_text(scratch / "compared/results.json"));
    EXPECT_NEAR(compared.at("heads")[1].at("test_loss").get<double>(),
                recorded().at("rescaling").at("loss").get<double>(), 1e-4);
}

TEST(ImageInputOfCommands, ARunKnowsItsDataFromWhereItWasTyped) {
    const TemporaryFolder scratch;
    const fs::path before = fs::current_path();
    fs::create_directories(scratch / "work");
    fs::copy(photos(), scratch / "work/photos", fs::copy_options::recursive);
    fs::current_path(scratch / "work");
    const Outcome trained = run({"train", "--data", "photos", "--epochs", "1", "--batch-size", "4", "--out", "out"});
    const Outcome here = run({"evaluate", "out", "--format", "csv"});
    fs::current_path(scratch.path);
    const Outcome elsewhere = run({"evaluate", "work/out", "--format", "csv"});
    fs::rename("work/photos", "moved");
    const Outcome gone = run({"evaluate", "work/out", "--format", "csv"});
    fs::rename("moved", "photos");  // as it was called, seen from here
    const Outcome found = run({"evaluate", "work/out", "--format", "csv"});
    fs::current_path(before);
    ASSERT_EQ(trained.status, 0) << trained.errors;
    EXPECT_THAT(here.output, HasSubstr("images,accuracy,loss\n8,"));
    EXPECT_EQ(elsewhere.output, here.output) << elsewhere.errors;
    EXPECT_EQ(found.output, here.output) << found.errors;
    EXPECT_EQ(gone.status, 1);
    EXPECT_THAT(gone.errors, HasSubstr("work/photos, which is not there; --data says where it is"));
}

TEST(ImageInputOfCommands, AFolderWithoutOneModelSaysWhichToName) {
    const TemporaryFolder scratch;
    EXPECT_THAT(run({"summary", scratch.path.string()}).errors, HasSubstr("holds no model"));
    for (const char* name : {"flatten.keras", "gap.keras"})
        fs::copy_file(golden("image_input/unit.keras"), scratch / name);
    const Outcome several = run({"evaluate", scratch.path.string(), "--data", photos()});
    EXPECT_EQ(several.status, 1);
    EXPECT_THAT(several.errors, HasSubstr("holds flatten.keras, gap.keras; name one of them"));
}

TEST(ImageInputOfCommands, SetsAreNotClasses) {
    const TemporaryFolder scratch;
    const fs::path data = scratch.path / "data";
    const auto copy = [&](const char* part, const std::string& as) {
        fs::create_directories(data / as);
        fs::copy(photos() + "/" + part, data / as, fs::copy_options::recursive);
    };
    copy("train", "Train");
    copy("test", "valid");
    const auto images = [&](const std::string& part) {
        return run({"evaluate", golden("image_input/rescaling.keras"), "--data", data.string(), "--part", part,
                    "--format", "csv"});
    };
    EXPECT_THAT(images("train").output, HasSubstr("\n8,"));
    EXPECT_EQ(images("test").output, images("validation").output);  // what is measured on
    fs::create_directories(data / "TEST");
    fs::create_directories(data / "TEST/dark");
    fs::create_directories(data / "TEST/light");
    fs::copy_file(photos() + "/test/dark/1.png", data / "TEST/dark/1.png");
    fs::copy_file(photos() + "/test/light/1.png", data / "TEST/light/1.png");
    EXPECT_THAT(images("test").output, HasSubstr("\n2,"));
    EXPECT_THAT(images("validation").output, HasSubstr("\n8,"));
    const Outcome trained =
        run({"train", "--data", data.string(), "--epochs", "1", "--batch-size", "4", "--out", scratch / "out"});
    ASSERT_EQ(trained.status, 0) << trained.errors;
    EXPECT_EQ(json::parse(read_text(scratch / "out/results.json")).at("data").at("classes"), json({"dark", "light"}));
}

}  // namespace
}  // namespace markhor::cli::test
