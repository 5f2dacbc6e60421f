// train's settings files, and runs that were killed: markhor resume ends as if they had not been.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/saving.hpp>
#include <nlohmann/json.hpp>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

nlohmann::json train_results(const fs::path& folder) {
    return nlohmann::json::parse(read_text(folder / "results.json"));
}

std::vector<float> weights_in(const fs::path& folder) {
    std::vector<float> all;
    for (const Tensor& weight : load_model(folder / "model.keras").get_weights())
        all.insert(all.end(), weight.data<float>().begin(), weight.data<float>().end());
    return all;
}

TEST(ResumeTest, EndsWithTheWeightsOfARunThatWasNotKilled) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 48);
    const auto train = [&](const std::string& out, const std::string& kill_at) {
        return run({"train", "--data", scratch / "data", "--epochs", "4", "--batch-size", "8", "--save-every", "2",
                    "--seed", "5", "--out", scratch / out},
                   kill_at, SIGKILL)
            .status;
    };
    ASSERT_EQ(train("whole", ""), 0);
    ASSERT_EQ(train("killed", "Epoch 3/"), 1000 + SIGKILL);
    EXPECT_TRUE(fs::exists(scratch / "killed.run/training.backup"));
    EXPECT_FALSE(fs::exists(scratch / "killed/results.json"));

    const Outcome again = run({"train", "--data", scratch / "data", "--out", scratch / "killed"});
    EXPECT_EQ(again.status, 1);
    EXPECT_THAT(again.errors, HasSubstr("goes on with it, --restart forgets it"));

    const Outcome resumed = run({"resume", scratch / "killed"});
    ASSERT_EQ(resumed.status, 0) << resumed.errors;
    EXPECT_THAT(resumed.output, testing::Not(HasSubstr("Epoch 1/")));
    EXPECT_FALSE(fs::exists(scratch / "killed.run"));
    EXPECT_EQ(train_results(scratch.path / "killed").at("heads")[0].at("history"),
              train_results(scratch.path / "whole").at("heads")[0].at("history"));
    EXPECT_EQ(weights_in(scratch.path / "killed"), weights_in(scratch.path / "whole"));
}

TEST(ResumeTest, GoesOnAfterCtrlCAndSaysWhenThereIsNothingToGoOnWith) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 16);
    const Outcome stopped =
        run({"train", "--data", scratch / "data", "--epochs", "6", "--out", scratch / "out"}, "Epoch 3/");
    ASSERT_EQ(stopped.status, 130) << stopped.errors;
    EXPECT_THAT(stopped.output, HasSubstr("markhor resume " + (scratch / "out").string() + " goes on with it."));
    ASSERT_EQ(run({"resume", scratch / "out"}).status, 0);
    EXPECT_EQ(train_results(scratch.path / "out").at("heads")[0].at("history").at("loss").size(), 6U);
    EXPECT_EQ(train_results(scratch.path / "out").at("interrupted"), false);

    const Outcome nothing = run({"resume", scratch / "out"});
    EXPECT_EQ(nothing.status, 1);
    EXPECT_THAT(nothing.errors, HasSubstr("there is no unfinished run"));
}

TEST(ResumeTest, ADamagedCheckpointIsNamed) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 16);
    ASSERT_EQ(run({"train", "--data", scratch / "data", "--epochs", "6", "--out", scratch / "out"}, "Epoch 3/").status,
              130);
    fs::resize_file(scratch / "out.run/training.backup", 100);
    const Outcome outcome = run({"resume", scratch / "out"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.errors, HasSubstr("training.backup: the backup is damaged; remove it"));
}

TEST(TrainConfigTest, TakesTomlAndJsonAndWhatIsTypedCountsMore) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 16);
    const std::string data = (scratch / "data").string();
    write_text(scratch.path / "run.toml", "# a comment\ndata = \"" + data + "\"\nhead = 'gmp'\nepochs = 2\n" +
                                              "learning-rate = 1e-2\nseed = 4\nimage-size = 20\n");
    write_text(scratch.path / "run.json", "{\"data\": \"" + data + "\", \"head\": \"gmp\",\n \"epochs\": 2,\n" +
                                              " \"learning-rate\": 0.01, \"seed\": 4, \"image-size\": 20}");
    std::vector<nlohmann::json> heads;
    for (const char* name : {"run.toml", "run.json"}) {
        const Outcome outcome =
            run({"train", "--config", scratch / name, "--epochs", "1", "--out", scratch / "out", "--restart"});
        ASSERT_EQ(outcome.status, 0) << outcome.errors;
        heads.push_back(train_results(scratch.path / "out").at("heads")[0]);
    }
    EXPECT_EQ(heads[0].at("head"), "gmp");
    EXPECT_EQ(heads[0].at("history").at("loss").size(), 1U);
    EXPECT_EQ(heads[0].at("history"), heads[1].at("history"));
    EXPECT_EQ(train_results(scratch.path / "out").at("seed"), 4);
}

TEST(TrainConfigTest, ErrorsNameFileLineAndKey) {
    const TemporaryFolder scratch;
    const auto complaint = [&](const std::string& name, const std::string& text) {
        write_text(scratch.path / name, text);
        const Outcome outcome = run({"train", "--config", scratch / name, "--out", scratch / "out"});
        EXPECT_EQ(outcome.status, 1);
        EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
        const std::string start = "markhor train: " + (scratch / name).string();
        EXPECT_THAT(outcome.errors, StartsWith(start));
        return outcome.errors.substr(std::min(start.size(), outcome.errors.size()));
    };
    EXPECT_THAT(complaint("a.toml", "head = 'gap'\nepoch = 3\n"),
                StartsWith(":2: the key 'epoch' is unknown; known: head, network, data, image-size,"));
    EXPECT_THAT(complaint("a.toml", "\n\nepochs = 'ten'\n"), StartsWith(":3: 'epochs': "));
    EXPECT_THAT(complaint("a.toml", "epochs = 0\n"), StartsWith(":1: 'epochs': "));
    EXPECT_THAT(complaint("a.toml", "epochs = \n"), StartsWith(":1: "));
    EXPECT_THAT(complaint("a.toml", "[epochs]\nx = 1\n"), HasSubstr("'epochs' is neither a text"));
    EXPECT_THAT(complaint("a.toml", "epochs = [1, 2]\n"), StartsWith(":1: 'epochs' is a list of 2; one value"));
    EXPECT_THAT(complaint("a.json", "{\"head\": \"gap\",\n\"epoch\": 3}"),
                StartsWith(":2: the key 'epoch' is unknown"));
    EXPECT_THAT(complaint("a.json", "{\"epochs\":\n{}}"), StartsWith(":2: 'epochs' is an object"));
    EXPECT_THAT(complaint("a.json", "{\"epochs\": null}"), StartsWith(":1: 'epochs' is null"));
    EXPECT_THAT(complaint("a.json", "{\n\"epochs\": 3,\n]"), StartsWith(":3: syntax error"));
    EXPECT_THAT(complaint("a.json", "[3]"), HasSubstr("a list"));
    EXPECT_THAT(complaint("a.ini", "epochs=3"), HasSubstr("neither .toml nor .json"));
    fs::remove(scratch.path / "a.toml");
    const Outcome missing = run({"train", "--config", scratch / "none.toml"});
    EXPECT_THAT(missing.errors, HasSubstr("none.toml: there is no such file"));
}

}  // namespace
}  // namespace markhor::cli::test
