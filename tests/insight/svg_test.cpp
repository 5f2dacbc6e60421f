// Charts: round ticks, nothing outside the drawing, text escaped, and bad values left out.
#include "insight/svg.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <markhor/error.hpp>
#include <regex>

namespace markhor::insight::svg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

LineChart chart_of(std::vector<double> x, std::vector<double> y) {
    return {.description = "a chart",
            .x = {.title = "epochs"},
            .y = {.title = "loss"},
            .series = {{.name = "one", .color = 0, .x = std::move(x), .y = std::move(y)}}};
}

std::vector<double> numbers_of(const std::string& svg, const char* attribute) {
    std::vector<double> found;
    const std::regex pattern(std::string(" ") + attribute + "=\"([-0-9.]+)\"");
    for (auto match = std::sregex_iterator(svg.begin(), svg.end(), pattern); match != std::sregex_iterator(); ++match) {
        found.push_back(std::stod((*match)[1]));
    }
    return found;
}

TEST(SvgTest, ChoosesRoundTicksThatCoverTheValues) {
    EXPECT_THAT(round_ticks(0, 1, 5), ElementsAre(0, testing::DoubleEq(0.2), testing::DoubleEq(0.4),
                                                  testing::DoubleNear(0.6, 1e-12), testing::DoubleEq(0.8), 1));
    EXPECT_THAT(round_ticks(81.3, 90.6, 5), ElementsAre(80, 82, 84, 86, 88, 90, 92));
    const std::vector<double> of_one_value = round_ticks(5, 5, 5);
    EXPECT_LE(of_one_value.front(), 5);
    EXPECT_GT(of_one_value.back(), 5);
}

TEST(SvgTest, ChoosesPowersOfTenForLogarithmicAxes) {
    EXPECT_THAT(logarithmic_ticks(66000, 1.1e7), ElementsAre(1e4, 1e5, 1e6, 1e7, 1e8));
    EXPECT_THAT(logarithmic_ticks(2, 8), ElementsAre(1, 2, 5, 10));
    EXPECT_THAT(logarithmic_ticks(10, 10), ElementsAre(10, 20, 50, 100));
}

TEST(SvgTest, DrawsAPointForEachValueWithinTheDrawing) {
    const std::string svg = line_chart(chart_of({1, 2, 3}, {0.5, 0.3, 0.2}));
    const std::vector<double> x = numbers_of(svg, "cx");
    const std::vector<double> y = numbers_of(svg, "cy");
    ASSERT_EQ(x.size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(x));
    EXPECT_TRUE(std::ranges::is_sorted(y));  // down the page as the loss falls
    EXPECT_GT(x.front(), 0);
    EXPECT_LT(y.back(), 270);
    EXPECT_THAT(svg, HasSubstr(">one</text>"));
    EXPECT_THAT(svg, HasSubstr("aria-label=\"a chart\""));
}

TEST(SvgTest, EqualRatiosAreEqualDistancesOnALogarithmicAxis) {
    LineChart chart = chart_of({28, 56, 112}, {1, 10, 100});
    chart.x.logarithmic = true;
    chart.y.logarithmic = true;
    const std::string svg = line_chart(chart);
    const std::vector<double> x = numbers_of(svg, "cx");
    const std::vector<double> y = numbers_of(svg, "cy");
    ASSERT_EQ(x.size(), 3U);
    EXPECT_NEAR(x[1] - x[0], x[2] - x[1], 0.2);
    EXPECT_NEAR(y[1] - y[0], y[2] - y[1], 0.2);
}

TEST(SvgTest, LeavesOutWhatCannotBeDrawn) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    LineChart chart = chart_of({1, 2, 3, 4}, {none, 0.3, std::numeric_limits<double>::infinity(), 0});
    chart.y.logarithmic = true;
    const std::string svg = line_chart(chart);
    EXPECT_EQ(numbers_of(svg, "cx").size(), 1U);
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    EXPECT_THAT(svg, Not(HasSubstr("inf")));
    EXPECT_THAT(line_chart(chart_of({}, {})), HasSubstr("</svg>"));
}

TEST(SvgTest, NamesAtEqualEndsDoNotCoverEachOther) {
    LineChart chart = chart_of({1, 2}, {0, 1});
    for (int i = 0; i < 3; ++i) chart.series.push_back({.name = "more", .color = i, .x = {1, 2}, .y = {0, 1}});
    const std::string svg = line_chart(chart);
    std::vector<double> places;
    const std::regex pattern("class=\"name series[0-9]\" x=\"[0-9.]+\" y=\"([0-9.]+)\"");
    for (auto match = std::sregex_iterator(svg.begin(), svg.end(), pattern); match != std::sregex_iterator(); ++match) {
        places.push_back(std::stod((*match)[1]));
    }
    ASSERT_EQ(places.size(), 4U);
    for (std::size_t i = 1; i < places.size(); ++i) EXPECT_GE(places[i] - places[i - 1], 13.9);
}

TEST(SvgTest, RefusesASeriesWithoutAYForEachX) {
    try {
        (void)line_chart(chart_of({1, 2}, {1}));
        FAIL() << "no error";
    } catch (const ValueError& error) {
        EXPECT_STREQ(error.what(), "the chart's series 'one' has 2 x and 1 y; as many of each are wanted");
    }
}

TEST(SvgTest, BarsAreAsLongAsTheirValues) {
    const std::string svg = bar_chart({.description = "bars",
                                       .color = 1,
                                       .maximum = 200,
                                       .bars = {{"a<b", 100, "100"}, {"none", 0, "0"}, {"c", 50, "50"}}});
    const std::vector<double> lengths = numbers_of(svg, "width");
    ASSERT_EQ(lengths.size(), 3U);
    EXPECT_NEAR(lengths[0], 2 * lengths[2], 0.11);
    EXPECT_EQ(lengths[1], 0);
    EXPECT_THAT(svg, HasSubstr(">a&lt;b</text>"));
}

}  // namespace
}  // namespace markhor::insight::svg
