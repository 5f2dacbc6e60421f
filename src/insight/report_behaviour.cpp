// The report's sections on how the trained networks behave: shifted images, confidence, seeds and sizes.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "insight/numbers.hpp"
#include "insight/repeats.hpp"
#include "insight/report_parts.hpp"
#include "insight/report_sections.hpp"
#include "insight/svg.hpp"

namespace markhor::insight {
namespace {

bool has_behaviour(const CaseStudy& study) {
    return std::ranges::any_of(study.heads, [](const HeadResult& result) { return result.behaviour.has_value(); });
}

std::string shift_chart(const CaseStudy& study) {
    svg::LineChart chart{.description = "Accuracy on shifted test images",
                         .x = {.title = "shift, pixels"},
                         .y = {.title = "images named rightly, %"}};
    for (std::size_t head = 0; head < study.heads.size(); ++head) {
        if (!study.heads[head].behaviour) continue;
        svg::Series series{.name = study.heads[head].head, .color = series_color(head)};
        for (const double accuracy : study.heads[head].behaviour->shift_accuracy) {
            series.x.push_back(static_cast<double>(series.x.size()));
            series.y.push_back(100 * accuracy);
        }
        if (chart.x.ticks.size() < series.x.size()) chart.x.ticks = series.x;
        chart.series.push_back(std::move(series));
    }
    return svg::line_chart(chart);
}

std::string calibration_chart(const CaseStudy& study) {
    svg::LineChart chart{.description = "Accuracy by confidence",
                         .x = {.title = "confidence, %", .ticks = {0, 20, 40, 60, 80, 100}},
                         .y = {.title = "of these right, %", .ticks = {0, 20, 40, 60, 80, 100}}};
    chart.series.push_back({.name = "ideal", .color = 5, .dashed = true, .x = {0, 100}, .y = {0, 100}});
    for (std::size_t head = 0; head < study.heads.size(); ++head) {
        if (!study.heads[head].behaviour) continue;
        svg::Series series{.name = study.heads[head].head, .color = series_color(head)};
        for (const ConfidenceBin& bin : study.heads[head].behaviour->bins) {
            if (bin.images < 20) continue;  // a share of fewer is mostly chance
            series.x.push_back(100 * bin.confidence);
            series.y.push_back(100 * bin.accuracy);
        }
        chart.series.push_back(std::move(series));
    }
    return svg::line_chart(chart);
}

std::string spread_text(const Repeated& each) {
    return each.runs == 1 ? percent(each.mean) : fmt::format("{} ± {:.2f}", percent(each.mean), 100 * each.deviation);
}

/// Accuracy against a cost: a point a training.
std::string cost_chart(const CaseStudy& study, const std::string& title,
                       const std::function<double(const Repeat&)>& cost) {
    svg::LineChart chart{.description = "Accuracy by " + title,
                         .x = {.title = title, .logarithmic = true, .text = axis_count},
                         .y = {.title = "images named rightly, %"}};
    for (std::size_t head = 0; head < study.heads.size(); ++head) {
        for (const Repeated& each : repeated(study)) {
            if (each.head != study.heads[head].head) continue;
            svg::Series series{.name = fmt::format("{} {}", each.head, each.size), .color = series_color(head)};
            for (const Repeat& run : study.repeats) {
                if (run.head != each.head || run.size != each.size) continue;
                series.x.push_back(cost(run));
                series.y.push_back(100 * run.test_accuracy);
            }
            chart.series.push_back(std::move(series));
        }
    }
    return svg::line_chart(chart);
}

}  // namespace

std::string repeats_section(const CaseStudy& study) {
    if (study.repeats.empty()) return {};
    std::vector<Row> rows;
    for (const Repeated& each : repeated(study)) {
        rows.push_back({fmt::format("{0}×{0}", each.size), text::html(each.head), std::to_string(each.runs),
                        spread_text(each), fmt::format("{} – {}", percent(each.low), percent(each.high)),
                        grouped(each.params), seconds_text(each.epoch_seconds)});
    }
    return "<section>\n<h2>Several seeds, several sizes</h2>\n<p>Each training starts from other random numbers: the "
           "mean "
           "of the test accuracy, and one standard deviation. Two heads differ where their means are further apart "
           "than "
           "their spreads.</p>\n" +
           html_table({"Images", "Head", "Runs", "Accuracy", "from – to", "Parameters", "An epoch"}, rows) +
           "<div class=\"pair\">\n" +
           figure(cost_chart(study, "parameters", [](const Repeat& run) { return static_cast<double>(run.params); }),
                  "Each mark is one training.") +
           figure(cost_chart(study, "seconds an epoch", [](const Repeat& run) { return run.epoch_seconds; }),
                  "Each mark is one training; the fastest epoch counts.") +
           "</div>\n</section>\n";
}

std::string behaviour_section(const CaseStudy& study) {
    if (!has_behaviour(study)) return {};
    Row head{"Shift, pixels"};
    std::vector<Row> rows;
    Row calibration{"Calibration error"};
    for (std::size_t i = 0; i < study.heads.size(); ++i) {
        if (!study.heads[i].behaviour) continue;
        const Behaviour& behaviour = *study.heads[i].behaviour;
        head.push_back(head_cell(study, i));
        calibration.push_back(percent(behaviour.calibration_error));
        for (std::size_t shift = 0; shift < behaviour.shift_accuracy.size(); ++shift) {
            if (rows.size() <= shift) rows.push_back({std::to_string(shift)});
            rows[shift].push_back(percent(behaviour.shift_accuracy[shift]));
        }
    }
    Row confidence_head = head;
    confidence_head[0] = "";
    std::int64_t images = 0;
    for (const HeadResult& result : study.heads) {
        if (result.behaviour) images = result.behaviour->shift_images;
    }
    std::string text =
        "<section>\n<h2>Shifted images</h2>\n<p>A network that learns what is where minds when all of it moves. The "
        "first " +
        grouped(images) +
        " test images, moved left, right, up and down (the border is repeated); none was trained on moved ones.</p>\n"
        "<div class=\"pair\">\n" +
        figure(shift_chart(study),
               "The mean of the four directions. A flatter line is a head that cares less about position.") +
        html_table(head, rows) + "</div>\n</section>\n";
    text +=
        "<section>\n<h2>Confidence</h2>\n<p>Of the images that a network is 80 % sure of, 80 % should be right. The "
        "calibration error is the mean distance from that.</p>\n<div class=\"pair\">\n" +
        figure(
            calibration_chart(study),
            "Below the dashed line a network is surer than it should be. Bins of fewer than 20 images are left out.") +
        html_table(confidence_head, {calibration}) + "</div>\n</section>\n";
    return text;
}

}  // namespace markhor::insight
