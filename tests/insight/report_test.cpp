// The page: whole without network and script, well-formed, escaped, and honest about what is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <vector>

#include "insight/support.hpp"

namespace markhor::insight {
namespace {

using test::example_study;
using testing::HasSubstr;
using testing::Not;

/// Empty where each tag that is opened is closed in turn, else what is wrong.
std::string nesting_error(const std::string& html) {
    static const std::set<std::string> without_end = {"meta", "img", "wbr", "circle", "rect", "path"};
    std::vector<std::string> open;
    const std::regex tag("<(/?)([a-z][a-z0-9]*)[^>]*>");
    for (auto match = std::sregex_iterator(html.begin(), html.end(), tag); match != std::sregex_iterator(); ++match) {
        const std::string name = (*match)[2];
        if (without_end.contains(name)) continue;
        if ((*match)[1].length() == 0) {
            open.push_back(name);
        } else if (open.empty() || open.back() != name) {
            return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
        } else {
            open.pop_back();
        }
    }
    return open.empty() ? "" : open.back() + " is not closed";
}

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST(ReportTest, NeedsNeitherNetworkNorScript) {
    const std::string html = report_html(example_study());
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("http")));
    EXPECT_THAT(html, Not(HasSubstr("<link")));
    EXPECT_THAT(html, Not(HasSubstr("url(")));
    EXPECT_EQ(occurrences(html, "src=\""), occurrences(html, "src=\"data:image/png;base64,"));
}

TEST(ReportTest, ClosesWhatItOpens) { EXPECT_EQ(nesting_error(report_html(example_study())), ""); }

TEST(ReportTest, ShowsEachPart) {
    const std::string html = report_html(example_study());
    for (const char* part :
         {"What the figures say", "Figures", "Learning curves", "Where the parameters sit", "Larger images",
          "On many machines", "Test images, and what the networks say", "The networks"}) {
        EXPECT_THAT(html, HasSubstr(std::string("<h2>") + part + "</h2>"));
    }
    EXPECT_THAT(html, HasSubstr("87.50 %"));
    EXPECT_THAT(html, HasSubstr("131,498"));
    EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
    EXPECT_THAT(html, HasSubstr("name=\"viewport\""));
    EXPECT_THAT(html, HasSubstr("✗ gap: bag 50 %"));
    EXPECT_THAT(html, HasSubstr("✓ flatten: trousers 75 %"));
}

TEST(ReportTest, EscapesNamesFromOutside) {
    CaseStudy study = example_study();
    study.class_names[0] = "<script>alert(1)</script>";
    study.options.data_name = "a\"><img src=x>";
    study.options.command = "markhor compare --data '<b>'";
    study.heads[0].summary = "<i>layer</i>";
    const std::string html = report_html(study);
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("<img src=x>")));
    EXPECT_THAT(html, Not(HasSubstr("<b>")));
    EXPECT_THAT(html, Not(HasSubstr("<i>")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_EQ(nesting_error(html), "");
}

TEST(ReportTest, SaysThatARunWasStopped) {
    EXPECT_THAT(report_html(example_study()), Not(HasSubstr("stopped before its end")));
    CaseStudy study = example_study();
    study.interrupted = true;
    study.sizes.clear();
    study.samples.clear();
    study.heads.pop_back();
    study.heads[0].test_accuracy.reset();
    const std::string html = report_html(study);
    EXPECT_THAT(html, HasSubstr("stopped before its end"));
    EXPECT_THAT(html, HasSubstr("not tested"));
    EXPECT_THAT(html, Not(HasSubstr("Larger images")));
    EXPECT_EQ(nesting_error(html), "");
}

TEST(ReportTest, IsAPageEvenWithoutAnyHead) {
    CaseStudy study = example_study();
    study.heads.clear();
    study.sizes.clear();
    study.samples.clear();
    EXPECT_EQ(nesting_error(report_html(study)), "");
}

}  // namespace
}  // namespace markhor::insight
