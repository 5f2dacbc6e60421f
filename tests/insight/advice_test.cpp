// Advice follows the figures, whichever way they point.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "insight/support.hpp"

namespace markhor::insight {
namespace {

using test::example_study;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const CaseStudy& study, const std::string& topic) {
    for (const Advice& each : advice(study)) {
        if (each.topic == topic) return each.text;
    }
    return "none";
}

/// Each image named rightly by one head alone, except those that both do.
void set_outcome(CaseStudy& study, std::size_t images, std::size_t flat_only, std::size_t pooled_only) {
    study.test_images = static_cast<std::int64_t>(images);
    study.test_labels.assign(images, 0);
    study.heads[0].predicted.assign(images, 0);
    study.heads[1].predicted.assign(images, 0);
    for (std::size_t i = 0; i < flat_only; ++i) study.heads[1].predicted[i] = 1;
    for (std::size_t i = 0; i < pooled_only; ++i) study.heads[0].predicted[flat_only + i] = 1;
    for (HeadResult& head : study.heads) {
        head.test_accuracy = static_cast<double>(std::ranges::count(head.predicted, 0)) / static_cast<double>(images);
    }
}

TEST(AdviceTest, TakesFlattenWhereItIsClearlyMoreAccurate) {
    CaseStudy study = example_study();
    set_outcome(study, 10000, 400, 200);
    EXPECT_THAT(
        text_of(study, "What to choose"),
        HasSubstr("For images of this size, Flatten is the better choice where accuracy counts most: 2.0 points"));
    EXPECT_THAT(text_of(study, "Accuracy"), HasSubstr("Flatten leads by 2.0 points, more than chance explains"));
    EXPECT_THAT(text_of(study, "Size"), HasSubstr("the last map is 4×4 with 64 channels"));
    EXPECT_THAT(text_of(study, "Size"), HasSubstr("only 2.0 times those of GlobalAveragePooling2D"));
}

TEST(AdviceTest, TakesPoolingWhereItIsClearlyMoreAccurate) {
    CaseStudy study = example_study();
    set_outcome(study, 10000, 200, 400);
    EXPECT_THAT(text_of(study, "What to choose"),
                HasSubstr("take GlobalAveragePooling2D: it is the more accurate and the smaller"));
    EXPECT_THAT(text_of(study, "Accuracy"), HasSubstr("GlobalAveragePooling2D leads by 2.0 points"));
}

TEST(AdviceTest, CallsNoWinnerWhereChanceExplainsTheDifference) {
    CaseStudy study = example_study();
    set_outcome(study, 10000, 410, 400);
    EXPECT_THAT(text_of(study, "Accuracy"),
                HasSubstr("within what chance explains (one standard deviation is 0.3 points)"));
    EXPECT_THAT(text_of(study, "What to choose"), HasSubstr("it is not shown to be less accurate"));
}

TEST(AdviceTest, SaysWhichHeadHasNotSettled) {
    CaseStudy study = example_study();
    study.heads[1].history.history["val_accuracy"] = {0.7, 0.8, 0.85};
    EXPECT_THAT(text_of(study, "Accuracy"),
                HasSubstr("GlobalAveragePooling2D still gained 5.0 points in the last epoch"));
    study.heads[0].history.history["val_accuracy"] = {0.8, 0.85, 0.851};
    EXPECT_THAT(text_of(study, "Accuracy"), Not(HasSubstr("Flatten still gained")));
}

TEST(AdviceTest, GivesTheCostAtTheLargestTimedSize) {
    CaseStudy study = example_study();
    EXPECT_THAT(text_of(study, "Larger images"),
                HasSubstr("At 224×224 pixels in colour it has 11,571,626, 176 times as many"));
    EXPECT_THAT(text_of(study, "Many machines"), HasSubstr("46.3 MB against 263 kB"));
    for (SizeResult& result : study.sizes) {
        if (result.size == 224) result.step_seconds.reset();
    }
    EXPECT_THAT(text_of(study, "Larger images"), HasSubstr("At 112×112"));
}

TEST(AdviceTest, IsSilentAboutWhatWasNotMeasured) {
    CaseStudy study = example_study();
    study.sizes.clear();
    study.heads[1].test_accuracy.reset();
    study.heads[1].history.seconds.clear();
    EXPECT_EQ(text_of(study, "Accuracy"), "none");
    EXPECT_EQ(text_of(study, "What to choose"), "none");
    EXPECT_EQ(text_of(study, "Speed"), "none");
    EXPECT_EQ(text_of(study, "Larger images"), "none");
    EXPECT_NE(text_of(study, "Size"), "none");
    study.heads.pop_back();
    EXPECT_TRUE(advice(study).empty());
}

}  // namespace
}  // namespace markhor::insight
