// finetune on a few dozen small images: what it prints and writes, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(FinetuneTest, TeachesANetworkTheClassesOfAFolder) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 32);
    const Outcome outcome = run({"finetune", "flatten", "--input-size", "16", "--channels", "1", "--data",
                                 scratch / "data", "--head-epochs", "2", "--epochs", "1", "--unfreeze", "3",
                                 "--batch-size", "8", "-o", scratch / "tuned.keras"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_EQ(outcome.errors, "");
    EXPECT_THAT(outcome.output, HasSubstr("head trained"));
    EXPECT_THAT(outcome.output, HasSubstr("fine-tuned"));
    EXPECT_THAT(outcome.output, HasSubstr("tuned.keras."));
    const Outcome summary = run({"summary", scratch / "tuned.keras"});
    ASSERT_EQ(summary.status, 0) << summary.errors;
    EXPECT_THAT(summary.output, HasSubstr("backbone (Functional)"));
    EXPECT_THAT(summary.output, HasSubstr("(None, 2)"));
}

TEST(FinetuneTest, RefusesWhatIsNotThere) {
    const TemporaryFolder scratch;
    const Outcome missing = run({"finetune", scratch / "none.keras", "-o", scratch / "tuned.keras"});
    EXPECT_NE(missing.status, 0);
    EXPECT_THAT(missing.errors, HasSubstr("none.keras: there is no such file"));
    const Outcome nowhere = run({"finetune", "flatten"});
    EXPECT_NE(nowhere.status, 0);
    EXPECT_THAT(nowhere.errors, HasSubstr("--out"));
}

TEST(FinetuneTest, ANameThatCannotBeWrittenIsToldBeforeTheTraining) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 8);
    std::filesystem::create_directories(scratch / "folder.keras");
    for (const std::string command : {"finetune", "slim"}) {
        for (const auto& [name, error] : {std::pair<std::string, std::string>{"tuned", "ends with .keras or .h5"},
                                          {"tuned.weights.h5", "a file of weights alone"},
                                          {"folder.keras", "is a folder; a file's name is wanted"}}) {
            const Outcome outcome = run({command, "flatten", "--input-size", "16", "--channels", "1", "--data",
                                         scratch / "data", "-o", scratch / name});
            EXPECT_EQ(outcome.status, 1) << command << " " << name;
            EXPECT_THAT(outcome.errors, HasSubstr(error)) << command;
            EXPECT_THAT(outcome.output, Not(HasSubstr("accuracy"))) << command;  // nothing was trained
        }
    }
    EXPECT_EQ(scratch.entries(), 2U);
}

}  // namespace
}  // namespace markhor::cli::test
