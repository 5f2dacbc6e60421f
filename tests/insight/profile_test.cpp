// A profile: what it names, what it leaves as it was, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/case_study.hpp>
#include <markhor/layers.hpp>
#include <markhor/profile.hpp>
#include <nlohmann/json.hpp>

namespace markhor::insight {
namespace {

using testing::HasSubstr;

class ProfileTest : public testing::Test {
protected:
    void SetUp() override {
        clear_session();
        model = head_network("gap", {28, 28, 1}, 10);
    }
    Sequential model{std::vector<SequentialItem>{}};
};

TEST_F(ProfileTest, OfInferenceNamesEachConvolutionAndFitsTheCosts) {
    const Profile profile = insight::profile(model, {.batch = 2, .runs = 2});
    EXPECT_EQ(profile.batch, 2);
    std::vector<std::string> layers;
    double flops = 0;
    for (const ProfileStep& step : profile.steps) {
        EXPECT_GT(step.seconds, 0);
        EXPECT_NE(step.algorithm, "");
        if (step.op == "convolution") layers.push_back(step.layer);
        flops += step.flops;
    }
    EXPECT_THAT(layers, testing::ElementsAre("conv2d", "conv2d_1", "conv2d_2", "conv2d_3"));
    // Fusing leaves out some comparisons of the poolings: less than a hundredth.
    const double wanted = 2 * cost(model).flops;
    EXPECT_NEAR(flops, wanted, wanted / 100);
    EXPECT_GT(profile.ceiling.flops_per_second, 1e8);
    EXPECT_GT(profile.ceiling.bytes_per_second, 1e7);
}

TEST_F(ProfileTest, OfTrainingLeavesTheWeightsAsTheyWere) {
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
    const std::vector<Tensor> before = model.get_weights();
    const Profile profile = insight::profile(model, {.batch = 4, .training = true, .runs = 1});
    EXPECT_TRUE(std::ranges::any_of(profile.steps, [](const ProfileStep& s) { return s.op == "adam_step"; }));
    const std::vector<Tensor> after = model.get_weights();
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_TRUE(std::ranges::equal(before[i].data<float>(), after[i].data<float>())) << i;
    }
}

TEST_F(ProfileTest, IsATableAndATrace) {
    const Profile profile = insight::profile(model, {.runs = 1});
    const std::string table = profile_table(profile);
    for (const char* text : {"conv2d_3", "GFLOP/s", "images/s", "Memory:", "ceiling"})
        EXPECT_THAT(table, HasSubstr(text));
    const nlohmann::json trace = nlohmann::json::parse(profile_trace(profile));
    ASSERT_EQ(trace["traceEvents"].size(), profile.steps.size());
    double end = 0;
    for (const auto& event : trace["traceEvents"]) {
        EXPECT_EQ(event["ph"], "X");
        EXPECT_NEAR(event["ts"].get<double>(), end, 1e-6);
        end = event["ts"].get<double>() + event["dur"].get<double>();
    }
}

TEST_F(ProfileTest, RefusesWhatCannotBeRun) {
    EXPECT_THROW(insight::profile(model, {.batch = 0}), ValueError);
    EXPECT_THROW(insight::profile(model, {.runs = 0}), ValueError);
    EXPECT_THROW(insight::profile(model, {.training = true}), ValueError) << "it is not compiled";
}

}  // namespace
}  // namespace markhor::insight
