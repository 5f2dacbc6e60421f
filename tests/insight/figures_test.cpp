// The table side by side: every figure with its unit, columns that line up, and a dash for what was not measured.
#include "insight/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "insight/support.hpp"
#include "insight/text_columns.hpp"

namespace markhor::insight {
namespace {

using test::example_study;
using testing::ElementsAre;

std::vector<std::string> values_of(const CaseStudy& study, const std::string& name) {
    for (const Figure& figure : figures(study)) {
        if (figure.name == name) return figure.values;
    }
    return {};
}

TEST(FiguresTest, HasAValueAndItsUnitForEachHead) {
    const CaseStudy study = example_study();
    EXPECT_THAT(values_of(study, "Test accuracy"), ElementsAre("87.50 %", "75.00 %"));
    EXPECT_THAT(values_of(study, "Parameters"), ElementsAre("131,498", "65,898"));
    EXPECT_THAT(values_of(study, "Fastest epoch"), ElementsAre("19.0 s", "18.5 s"));
    EXPECT_THAT(values_of(study, "Saved weights"), ElementsAre("560 kB", "280 kB"));
    EXPECT_THAT(values_of(study, "Activations, training 128 images"), ElementsAre("30.0 MB", "30.0 MB"));
}

TEST(FiguresTest, HasADashForWhatWasNotMeasured) {
    CaseStudy study = example_study();
    study.heads[1].test_accuracy.reset();
    study.heads[1].history.seconds.clear();
    study.heads[1].cost.training.reset();
    EXPECT_THAT(values_of(study, "Test accuracy"), ElementsAre("87.50 %", "–"));
    EXPECT_THAT(values_of(study, "Fastest epoch"), ElementsAre("19.0 s", "–"));
    EXPECT_THAT(values_of(study, "Arithmetic, an image trained"), ElementsAre("58.6 MFLOP", "–"));
}

TEST(TextColumnsTest, LinesUpByCharactersNotBytes) {
    EXPECT_EQ(text_columns({{"", "time"}, {"short", "9 µs"}, {"a longer one", "–"}}),
              "              time\n"
              "------------  ----\n"
              "short         9 µs\n"
              "a longer one     –\n");
}

TEST(TableTest, HasALineForEachFigure) {
    std::istringstream text(table(example_study()));
    std::string line;
    std::size_t lines = 0;
    while (std::getline(text, line)) ++lines;
    EXPECT_EQ(lines, figures(example_study()).size() + 2);
}

}  // namespace
}  // namespace markhor::insight
