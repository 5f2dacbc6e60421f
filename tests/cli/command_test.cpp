// The command as a user meets it: help, version, and one clear line for what it cannot do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/markhor.hpp>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

using testing::HasSubstr;

TEST(CommandTest, HelpListsCommandsAndExamples) {
    const Outcome help = run({"--help"});
    EXPECT_EQ(help.status, 0);
    for (const char* text : {"compare", "summary", "train", "Examples:", "markhor compare --epochs 3"}) {
        EXPECT_THAT(help.output, HasSubstr(text));
    }
    const Outcome compare = run({"compare", "--help"});
    EXPECT_EQ(compare.status, 0);
    for (const char* option :
         {"--epochs", "--seed", "--data", "--image-size", "--batch-size", "--out", "--heads", "--threads"}) {
        EXPECT_THAT(compare.output, HasSubstr(option));
    }
}

TEST(CommandTest, SaysItsVersion) {
    const Outcome version = run({"--version"});
    EXPECT_EQ(version.status, 0);
    EXPECT_THAT(version.output, testing::MatchesRegex("markhor [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandTest, RefusesWhatItDoesNotKnow) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                      {"frobnicate"},
                                                      {"compare", "--heads", "pool"},
                                                      {"compare", "--epochs", "0"},
                                                      {"compare", "--epochs", "many"},
                                                      {"train", "--seed"},
                                                      {"summary"}}) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.status, 2);
        EXPECT_NE(outcome.errors, "");
    }
}

TEST(CommandTest, SummaryPrintsTheArticlesNetworks) {
    const Outcome flatten = run({"summary", "flatten"});
    EXPECT_EQ(flatten.status, 0);
    EXPECT_THAT(flatten.output, HasSubstr("Total params: 11,574,090 (44.15 MB)"));
    EXPECT_THAT(flatten.output, HasSubstr("Non-trainable params: 192"));
    const Outcome gap = run({"summary", "gap", "--classic", "--cost"});
    EXPECT_EQ(gap.status, 0);
    EXPECT_THAT(gap.output, HasSubstr("Total params: 66602"));
    EXPECT_THAT(gap.output, HasSubstr("____"));
    EXPECT_THAT(gap.output, HasSubstr("GFLOP"));
}

TEST(CommandTest, SummaryOpensAModelFile) {
    const TemporaryFolder scratch;
    clear_session();
    const Sequential model({Input({6}), layers::Dense(5, {.name = "inside"})});
    model.save(scratch / "model.keras");
    const Outcome outcome = run({"summary", scratch / "model.keras", "--cost"});
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_EQ(outcome.output.find(model.summary_text()), 0U);
    EXPECT_THAT(outcome.output, HasSubstr("of activations"));

    const Outcome absent = run({"summary", scratch / "absent.keras"});
    EXPECT_EQ(absent.status, 1);
    EXPECT_THAT(absent.errors, HasSubstr("absent.keras: there is no such file, and no network of that name"));
    write_text(scratch.path / "broken.keras", "no zip");
    const Outcome broken = run({"summary", scratch / "broken.keras"});
    EXPECT_EQ(broken.status, 1);
    EXPECT_EQ(std::ranges::count(broken.errors, '\n'), 1) << broken.errors;
}

TEST(CommandTest, NetworksThatTheImageIsTooSmallForAreOneLine) {
    const Outcome outcome = run({"summary", "gap", "--image-size", "8"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.errors, testing::StartsWith("markhor summary: "));
    EXPECT_THAT(outcome.errors, HasSubstr("conv2d"));
    EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1);
}

}  // namespace
}  // namespace markhor::cli::test
