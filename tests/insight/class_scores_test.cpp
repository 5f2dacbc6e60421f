// Precision, recall, F1 and the most wrong pictures.
#include <gtest/gtest.h>

#include <markhor/dataset.hpp>
#include <numeric>

#include "insight/class_scores.hpp"

namespace markhor::insight {
namespace {

TEST(ClassScoresTest, CountPrecisionRecallAndF1ByClass) {
    const std::vector<std::int32_t> labels = {0, 0, 0, 0, 1, 1, 2};
    const std::vector<std::int32_t> said = {0, 0, 0, 1, 1, 0, 0};
    const Confusion confusion = confusion_of(labels, said, 3);
    EXPECT_EQ(confusion, (Confusion{{3, 1, 0}, {1, 1, 0}, {1, 0, 0}}));
    const std::vector<ClassScore> scores = class_scores(confusion);
    EXPECT_DOUBLE_EQ(scores[0].precision, 3.0 / 5);
    EXPECT_DOUBLE_EQ(scores[0].recall, 3.0 / 4);
    EXPECT_DOUBLE_EQ(scores[0].f1, 2 * 0.6 * 0.75 / (0.6 + 0.75));
    EXPECT_EQ(scores[2].said, 0);
    EXPECT_EQ(scores[2].precision, 0);  // never said
    EXPECT_EQ(scores[2].f1, 0);
}

TEST(ClassScoresTest, TheSurestWrongAnswersComeFirstWithThumbnails) {
    const Dataset images(Tensor::full({4, 200, 100, 1}, 0.5F), Tensor::from<std::int32_t>({4}, {0, 1, 1, 0}));
    const Tensor said = Tensor::from<float>({4, 2}, {0.4F, 0.6F, 0.9F, 0.1F, 0.2F, 0.8F, 0.3F, 0.7F});
    const std::vector<std::int32_t> labels = {0, 1, 1, 0};
    const std::vector<WrongImage> wrong = most_wrong(images, labels, said, 2);
    ASSERT_EQ(wrong.size(), 2U);
    EXPECT_EQ(wrong[0].index, 1);
    EXPECT_EQ(wrong[0].said, 0);
    EXPECT_FLOAT_EQ(static_cast<float>(wrong[0].label_probability), 0.1F);
    EXPECT_EQ(wrong[1].index, 3);
    EXPECT_EQ(wrong[0].shape, Shape({96, 48, 1}));
    EXPECT_EQ(wrong[0].pixels.size(), 96U * 48U);
    EXPECT_EQ(wrong[0].name, images.name(1));
}

}  // namespace
}  // namespace markhor::insight
