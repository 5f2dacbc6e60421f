// results.json has the keys that programs read, and null for what was not measured.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "insight/support.hpp"

namespace markhor::insight {
namespace {

using test::example_study;

TEST(ResultsJsonTest, HasTheFiguresOfEachHead) {
    const auto json = nlohmann::json::parse(results_json(example_study()));
    ASSERT_EQ(json.at("heads").size(), 2U);
    const auto& flatten = json.at("heads")[0];
    EXPECT_EQ(flatten.at("head"), "flatten");
    EXPECT_EQ(flatten.at("parameters"), 131498);
    EXPECT_EQ(flatten.at("non_trainable_parameters"), 128);
    EXPECT_EQ(flatten.at("test_accuracy"), 0.875);
    EXPECT_EQ(flatten.at("test_loss"), 0.3);
    EXPECT_EQ(flatten.at("epoch_seconds"), (std::vector<double>{20.5, 19.0, 19.5}));
    EXPECT_EQ(flatten.at("history").at("val_loss").size(), 3U);
    EXPECT_EQ(flatten.at("layers")[0].at("output_shape"), nlohmann::json::parse("[null, 26, 26, 32]"));
    EXPECT_EQ(flatten.at("training").at("batch"), 128);
}

TEST(ResultsJsonTest, TellsTheRunApart) {
    const auto json = nlohmann::json::parse(results_json(example_study()));
    EXPECT_EQ(json.at("epochs"), 3);
    EXPECT_EQ(json.at("seed"), 0);
    EXPECT_EQ(json.at("interrupted"), false);
    EXPECT_EQ(json.at("data").at("image_shape"), (std::vector<int>{28, 28, 1}));
    EXPECT_EQ(json.at("data").at("classes").size(), 3U);
    EXPECT_EQ(json.at("sizes").size(), 8U);
    EXPECT_TRUE(json.at("sizes")[0].at("step_seconds").is_null());
    EXPECT_EQ(json.at("samples")[0].at("predictions")[1].at("head"), "gap");
    EXPECT_FALSE(json.at("advice").empty());
}

TEST(ResultsJsonTest, IsJsonWhateverTheNamesHold) {
    CaseStudy study = example_study();
    study.class_names[0] = "\xFF\"\n";
    study.heads[0].test_accuracy.reset();
    const auto json = nlohmann::json::parse(results_json(study));
    EXPECT_TRUE(json.at("heads")[0].at("test_accuracy").is_null());
}

}  // namespace
}  // namespace markhor::insight
