// compare and train on a few dozen small images: what they write, what they refuse, and how Ctrl-C ends them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/support.hpp"

namespace markhor::cli::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

nlohmann::json results_of(const fs::path& folder) { return nlohmann::json::parse(read_text(folder / "results.json")); }

TEST(CompareTest, WritesTableResultsReportAndWeights) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 32);
    const Outcome outcome = run({"compare", "--data", scratch / "data", "--epochs", "2", "--batch-size", "16", "--seed",
                                 "3", "--threads", "1", "--skip-sizes", "--out", scratch / "out"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_EQ(outcome.errors, "");
    EXPECT_THAT(outcome.output, HasSubstr("Test accuracy"));
    EXPECT_THAT(outcome.output, HasSubstr("What to choose: "));
    const fs::path out = scratch.path / "out";
    const nlohmann::json results = results_of(out);
    ASSERT_EQ(results.at("heads").size(), 2U);
    for (const nlohmann::json& head : results.at("heads")) {
        EXPECT_EQ(head.at("epoch_seconds").size(), 2U);
        EXPECT_EQ(head.at("history").at("val_accuracy").size(), 2U);
        EXPECT_TRUE(head.at("test_accuracy").is_number());
        const fs::path weights = out / head.at("weights_file").get<std::string>();
        EXPECT_EQ(fs::file_size(weights), head.at("weights_file_bytes").get<std::uintmax_t>());
    }
    EXPECT_EQ(results.at("seed"), 3);
    EXPECT_EQ(results.at("data").at("train_images"), 32);
    EXPECT_THAT(read_text(out / "report.html"), HasSubstr("Flatten or global pooling?"));
    EXPECT_FALSE(fs::exists(scratch.path / "out.partial"));
}

TEST(TrainTest, WritesOneHeadInTheSameForm) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 24);
    const Outcome outcome = run({"train", "--head", "gmp", "--data", scratch / "data", "--image-size", "20", "--epochs",
                                 "1", "--out", scratch / "out"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    const nlohmann::json results = results_of(scratch.path / "out");
    ASSERT_EQ(results.at("heads").size(), 1U);
    EXPECT_EQ(results.at("heads")[0].at("head"), "gmp");
    EXPECT_EQ(results.at("data").at("image_shape"), nlohmann::json::parse("[20, 20, 1]"));
    EXPECT_TRUE(fs::exists(scratch.path / "out/gmp.weights.h5"));
    EXPECT_THAT(read_text(scratch.path / "out/report.html"), HasSubstr("GlobalMaxPooling2D"));
}

TEST(TrainTest, OneSeedGivesOneResult) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 24);
    std::vector<nlohmann::json> histories;
    for (const char* out : {"a", "b"}) {
        ASSERT_EQ(
            run({"train", "--data", scratch / "data", "--epochs", "2", "--batch-size", "7", "--out", scratch / out})
                .status,
            0);
        histories.push_back(results_of(scratch.path / out).at("heads")[0].at("history"));
    }
    EXPECT_EQ(histories[0], histories[1]);
}

TEST(TrainTest, CtrlCStopsAndKeepsWhatWasDone) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 24);
    const Outcome outcome =
        run({"train", "--data", scratch / "data", "--epochs", "100000", "--out", scratch / "out"}, "Epoch 3/");
    EXPECT_EQ(outcome.status, 130);
    EXPECT_THAT(outcome.errors, HasSubstr("Stopping; what is done is kept."));
    EXPECT_THAT(outcome.output, HasSubstr("Stopped before the end: what was done until then is kept."));
    const nlohmann::json results = results_of(scratch.path / "out");
    EXPECT_EQ(results.at("interrupted"), true);
    ASSERT_EQ(results.at("heads").size(), 1U);
    EXPECT_GE(results.at("heads")[0].at("history").at("val_accuracy").size(), 2U);
    EXPECT_TRUE(fs::exists(scratch.path / "out/gap.weights.h5"));
    EXPECT_THAT(read_text(scratch.path / "out/report.html"), HasSubstr("stopped before its end"));
}

/// The one line that says what is wrong with the data.
std::string complaint(const TemporaryFolder& scratch) {
    const Outcome outcome = run({"train", "--data", scratch / "data", "--epochs", "1", "--out", scratch / "out"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
    EXPECT_THAT(outcome.errors, testing::StartsWith("markhor train: "));
    EXPECT_FALSE(fs::exists(scratch.path / "out"));
    return outcome.errors;
}

TEST(TrainTest, AMissingFileIsOneLine) {
    const TemporaryFolder scratch;
    EXPECT_THAT(complaint(scratch), HasSubstr("data"));
    write_idx_set(scratch.path / "data", 8);
    fs::remove(scratch / "data/t10k-labels-idx1-ubyte");
    EXPECT_THAT(complaint(scratch), HasSubstr("there is no file with the test labels"));
}

TEST(TrainTest, ATruncatedFileIsOneLine) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 8);
    fs::resize_file(scratch / "data/train-images-idx3-ubyte", 500);
    EXPECT_THAT(complaint(scratch), HasSubstr("train-images-idx3-ubyte"));
}

TEST(TrainTest, AMislabelledFileIsOneLine) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 8);
    write_text(scratch / "data/train-images-idx3-ubyte", "GIF89a is no idx file");
    EXPECT_THAT(complaint(scratch), HasSubstr("train-images-idx3-ubyte"));
    write_idx_set(scratch.path / "data", 8);
    fs::copy_file(scratch / "data/train-images-idx3-ubyte", scratch / "data/train-labels-idx1-ubyte",
                  fs::copy_options::overwrite_existing);
    EXPECT_THAT(complaint(scratch), HasSubstr("train-labels-idx1-ubyte"));
}

TEST(TrainTest, AFolderOfOtherThingsIsNotOverwritten) {
    const TemporaryFolder scratch;
    write_idx_set(scratch.path / "data", 8);
    const Outcome outcome = run({"train", "--data", scratch / "data", "--epochs", "1", "--out", scratch / "data"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.errors, HasSubstr("holds files but no results.json"));
    EXPECT_TRUE(fs::exists(scratch.path / "data/train-images-idx3-ubyte"));
}

}  // namespace
}  // namespace markhor::cli::test
