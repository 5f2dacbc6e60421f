// The options that commands share: numbers that are none, names that are nearly right, places before and after.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

TEST(OptionsTest, NumbersOfAnotherKindAreRefusedByEveryCommand) {
    const std::vector<std::vector<std::string>> wrong = {
        {"train", "--learning-rate", "nan"},
        {"train", "--learning-rate=inf"},
        {"train", "--learning-rate", "0"},
        {"train", "--seed=-1"},
        {"train", "--seed", "1.5"},
        {"train", "--epochs", "1.5"},
        {"train", "--batch-size", "nan"},
        {"train", "--patience=-1"},
        {"train", "--validation-split", "nan"},
        {"train", "--image-size", "12x"},
        {"train", "--threads", "1e1"},
        {"compare", "--learning-rate", "nan"},
        {"compare", "--seed=-1"},
        {"finetune", "m.keras", "-o", "x.keras", "--learning-rate", "nan"},
        {"finetune", "m.keras", "-o", "x.keras", "--head-learning-rate", "inf"},
        {"finetune", "m.keras", "-o", "x.keras", "--dropout", "nan"},
        {"slim", "m.keras", "-o", "x.keras", "--ridge", "nan"},
        {"slim", "m.keras", "-o", "x.keras", "--prune", "nan"},
        {"slim", "m.keras", "-o", "x.keras", "--learning-rate", "nan"},
        {"predict", "m.keras", "a.png", "--min-probability", "nan"},
        {"verify", ".", "--tolerance", "nan"},
    };
    for (const std::vector<std::string>& arguments : wrong) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.status, 2) << arguments.back();
        EXPECT_THAT(outcome.errors + outcome.output, HasSubstr("expected")) << arguments.back();
    }
}

TEST(OptionsTest, NumbersInConfigFilesAreCheckedAlike) {
    const TemporaryFolder scratch;
    for (const char* line : {"learning-rate = nan", "seed = -1", "epochs = 1.5", "optimizer = \"adamm\""}) {
        write_text(scratch.path / "wrong.toml", line);
        const Outcome outcome = run({"train", "--config", scratch / "wrong.toml"});
        EXPECT_EQ(outcome.status, 1) << line;
        EXPECT_THAT(outcome.errors, AllOf(HasSubstr("wrong.toml:1"), HasSubstr("expected"))) << line;
    }
}

TEST(OptionsTest, ATypingErrorIsAnsweredWithTheNearestName) {
    EXPECT_THAT(run({"train", "--epoch", "3"}).errors, HasSubstr("there is no option --epoch; --epochs?"));
    EXPECT_THAT(run({"train", "--optimizer", "adan"}).errors, HasSubstr("(adam?)"));
    EXPECT_THAT(run({"trian"}).errors, HasSubstr("train?"));
}

TEST(OptionsTest, HelpFitsIn80Columns) {
    for (const char* command : {"train", "compare", "finetune", "slim", "evaluate", "predict", "explain", "summary"}) {
        const Outcome help = run({command, "--help"});
        EXPECT_EQ(help.status, 0);
        std::istringstream lines(help.output.substr(0, help.output.find("Examples:")));
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 82U) << line;
    }
    EXPECT_THAT(run({"train", "--help"}).output, AllOf(HasSubstr("Data:"), HasSubstr("Training:")));
}

TEST(OptionsTest, TheFolderStandsBeforeOrAfterTheOptions) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 16);
    const std::vector<std::string> options = {"--epochs=2",        "--batch-size=8", "--optimizer=sgd",
                                              "--schedule=cosine", "--augment",      "--class-weight=balanced",
                                              "--patience=1"};
    std::vector<std::string> after = {"train", scratch / "data", "--out", scratch / "after"};
    std::vector<std::string> before = {"train", "--out", scratch / "before"};
    after.insert(after.end(), options.begin(), options.end());
    before.insert(before.end(), options.begin(), options.end());
    before.push_back(scratch / "data");
    ASSERT_EQ(run(after).status, 0) << run(after).errors;
    ASSERT_EQ(run(before).status, 0);
    const auto first = nlohmann::json::parse(read_text(scratch.path / "after/results.json"));
    const auto second = nlohmann::json::parse(read_text(scratch.path / "before/results.json"));
    EXPECT_EQ(first.at("heads")[0].at("history"), second.at("heads")[0].at("history"));
    EXPECT_EQ(first.at("optimizer"), "sgd");
    EXPECT_EQ(first.at("learning_rate"), 0.01);
    EXPECT_EQ(first.at("heads")[0].at("classes").size(), 2U);
    EXPECT_THAT(read_text(scratch.path / "after/report.html"), HasSubstr("Class by class"));
}

TEST(OptionsTest, ARunThatEndsInNoNumbersFailsAndSavesNoModel) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 16);
    const Outcome outcome = run({"train", scratch / "data", "--epochs", "1", "--optimizer", "sgd", "--learning-rate",
                                 "1e38", "--out", scratch / "out"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.errors, HasSubstr("epoch 1, step 1"));
    EXPECT_FALSE(fs::exists(scratch.path / "out/model.keras"));
}

}  // namespace
}  // namespace markhor::cli::test
