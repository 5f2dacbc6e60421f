// The report's sections made of charts.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/text.hpp"
#include "insight/head_pair.hpp"
#include "insight/numbers.hpp"
#include "insight/report_parts.hpp"
#include "insight/report_sections.hpp"
#include "insight/svg.hpp"

namespace markhor::insight {
namespace {

constexpr std::size_t most_bars = 16;  // the largest of a network of many layers

/// One chart of a quantity: of the training images dashed, of the test images solid.
std::string curve_chart(const CaseStudy& study, const std::string& key, const std::string& title, bool as_percent) {
    svg::LineChart chart{.description = title + " after each epoch", .x = {.title = "epochs"}, .y = {.title = title}};
    std::size_t epochs = 0;
    for (std::size_t head = 0; head < study.heads.size(); ++head) {
        for (const bool test : {false, true}) {
            const auto& history = study.heads[head].history.history;
            const auto found = history.find((test ? "val_" : "") + key);
            if (found == history.end()) continue;
            svg::Series series{.name = study.heads[head].head + (test ? ", test" : ", training"),
                               .color = series_color(head),
                               .dashed = !test};
            for (const double value : found->second) {
                series.x.push_back(static_cast<double>(series.x.size() + 1));
                series.y.push_back(as_percent ? 100 * value : value);
            }
            epochs = std::max(epochs, series.x.size());
            chart.series.push_back(std::move(series));
        }
    }
    if (epochs == 0) return {};
    const std::size_t step = (epochs + 9) / 10;
    for (std::size_t epoch = step; epoch <= epochs; epoch += step) chart.x.ticks.push_back(static_cast<double>(epoch));
    return svg::line_chart(chart);
}

/// One chart of a quantity over the sizes; values that are not there are left out.
std::string growth_chart(const CaseStudy& study, const std::string& title, std::function<std::string(double)> tick,
                         const std::function<std::optional<double>(const SizeResult&)>& value) {
    svg::LineChart chart{.description = title + " by the side of the image",
                         .x = {.title = "side of the image, pixels", .logarithmic = true},
                         .y = {.title = title, .logarithmic = true, .text = std::move(tick)}};
    for (std::size_t head = 0; head < study.heads.size(); ++head) {
        svg::Series series{.name = study.heads[head].head, .color = series_color(head)};
        for (const SizeResult& result : study.sizes) {
            if (result.head != study.heads[head].head) continue;
            const auto side = static_cast<double>(result.size);
            if (std::ranges::find(chart.x.ticks, side) == chart.x.ticks.end()) chart.x.ticks.push_back(side);
            const std::optional<double> found = value(result);
            if (!found) continue;
            series.x.push_back(side);
            series.y.push_back(*found);
        }
        chart.series.push_back(std::move(series));
    }
    return svg::line_chart(chart);
}

std::string growth_table(const CaseStudy& study) {
    std::string text =
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Side, pixels</th><th scope=\"col\">Head</th>"
        "<th scope=\"col\">Parameters</th><th scope=\"col\">Weights</th><th scope=\"col\">An image forward</th>";
    text += fmt::format(
        "<th scope=\"col\">Memory, training {0}</th><th scope=\"col\">Step of {0}, "
        "measured</th></tr></thead>\n<tbody>\n",
        study.options.timed_batch);
    for (const SizeResult& result : study.sizes) {
        const auto head = std::ranges::find(study.heads, result.head, &HeadResult::head) - study.heads.begin();
        text += fmt::format(
            "<tr><th scope=\"row\">{}</th><td "
            "class=\"head{}\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            result.size, head, text::html(result.head), grouped(result.cost.params),
            bytes_text(result.cost.weight_bytes), flops_text(result.cost.flops),
            result.cost.training ? bytes_text(result.cost.training->activation_bytes) : "–",
            result.step_seconds ? seconds_text(*result.step_seconds) : "–");
    }
    return text + "</tbody></table></div>\n";
}

}  // namespace

std::string figure(const std::string& chart, const std::string& caption) {
    return "<figure>" + chart + "<figcaption>" + text::html(caption) + "</figcaption></figure>\n";
}

std::string curves_section(const CaseStudy& study) {
    const std::string accuracy = curve_chart(study, "accuracy", "images named rightly, %", true);
    const std::string loss = curve_chart(study, "loss", "loss (cross-entropy)", false);
    if (accuracy.empty()) return {};
    return "<section>\n<h2>Learning curves</h2>\n<div class=\"pair\">\n" +
           figure(
               accuracy,
               "Solid: test images, after each epoch. Dashed: training images, averaged over the epoch while it ran, "
               "with dropout at work.") +
           figure(loss, "Lower is better. A test curve that turns up while the training curve falls is overfitting.") +
           "</div>\n</section>\n";
}

std::string layers_section(const CaseStudy& study) {
    if (study.heads.empty()) return {};
    double maximum = 0;
    for (const HeadResult& result : study.heads) {
        for (const LayerCost& layer : result.cost.layers)
            maximum = std::max(maximum, static_cast<double>(layer.params));
    }
    std::string text =
        "<section>\n<h2>Where the parameters sit</h2>\n<p>Each layer's parameters, to one scale. Layers without any "
        "are left "
        "out.</p>\n<div class=\"pair\">\n";
    for (std::size_t head = 0; head < study.heads.size(); ++head) {
        const HeadResult& result = study.heads[head];
        svg::BarChart chart{.description = "Parameters of each layer, " + result.title,
                            .color = series_color(head),
                            .maximum = maximum};
        for (const LayerCost& layer : result.cost.layers) {
            if (layer.params == 0) continue;
            chart.bars.push_back({layer.name, static_cast<double>(layer.params), grouped(layer.params)});
        }
        if (chart.bars.size() > most_bars) {
            std::ranges::stable_sort(chart.bars, std::greater<>(), &svg::Bar::value);
            chart.bars.resize(most_bars);
        }
        text += fmt::format("<figure><h3 class=\"head{}\">{}</h3>{}</figure>\n", series_color(head),
                            text::html(result.title), svg::bar_chart(chart));
    }
    return text + "</div>\n</section>\n";
}

std::string growth_section(const CaseStudy& study) {
    if (study.sizes.empty()) return {};
    std::string text =
        "<section>\n<h2>Larger images</h2>\n<p>The same networks for colour images (three channels) of growing size. "
        "Parameters, "
        "arithmetic and memory follow from the operations' rules; the steps were run and timed on this machine.</p>\n"
        "<div class=\"pair\">\n";
    text += figure(growth_chart(study, "parameters", axis_count,
                                [](const SizeResult& r) { return static_cast<double>(r.cost.params); }),
                   "A layer behind Flatten has a weight for every position of the last map; a pooled head has none.");
    text += figure(growth_chart(study, "operations an image, forward", axis_count,
                                [](const SizeResult& r) { return r.cost.flops; }),
                   "The convolutions do nearly all the arithmetic, so here the heads hardly differ.");
    if (std::ranges::any_of(study.sizes, [](const SizeResult& r) { return r.step_seconds.has_value(); })) {
        text += figure(
            growth_chart(study, "seconds a training step, measured", axis_count,
                         [](const SizeResult& r) { return r.step_seconds; }),
            fmt::format("{} images a step, the fastest of {}.", study.options.timed_batch, study.options.timed_steps));
    }
    return text + "</div>\n" + growth_table(study) + "</section>\n";
}

}  // namespace markhor::insight
