// report.md: the figures and what they say, for a repository or an issue.
#include <fmt/format.h>

#include "core/text.hpp"
#include "insight/figures.hpp"
#include "insight/numbers.hpp"
#include "insight/repeats.hpp"

namespace markhor::insight {
namespace {

std::string row(const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& each : cells) text += " " + text::markdown(each) + " |";
    return text + "\n";
}

std::string heading(const std::vector<std::string>& cells) {
    std::string text = row(cells) + "| --- |";
    for (std::size_t i = 1; i < cells.size(); ++i) text += " ---: |";
    return text + "\n";
}

}  // namespace

std::string report_markdown(const CaseStudy& study) {
    std::string text = fmt::format(
        "# {}\n\n{} training and {} test images of {}x{} pixels, {} classes. {}, {} threads of {}; Markhor {}.\n",
        study.options.data_name.empty() ? "Comparison" : text::markdown(study.options.data_name),
        grouped(study.train_images), grouped(study.test_images), study.image.rank() > 0 ? study.image[0] : 0,
        study.image.rank() > 1 ? study.image[1] : 0, study.class_names.size(), study.started, study.threads,
        text::markdown(study.processor), study.version);
    if (study.interrupted) text += "\nThis run was stopped before its end.\n";
    std::vector<std::string> head = {""};
    for (const HeadResult& result : study.heads) head.push_back(result.title);
    text += "\n" + heading(head);
    for (const Figure& figure : figures(study)) {
        std::vector<std::string> cells = {figure.name};
        cells.insert(cells.end(), figure.values.begin(), figure.values.end());
        text += row(cells);
    }
    if (!study.repeats.empty()) {
        text += "\n## Several seeds, several sizes\n\n" +
                heading({"head", "size", "runs", "accuracy, mean", "deviation", "parameters", "an epoch"});
        for (const Repeated& each : repeated(study)) {
            text += row({each.head, std::to_string(each.size), std::to_string(each.runs), percent(each.mean),
                         fmt::format("{:.2f}", 100 * each.deviation), grouped(each.params),
                         seconds_text(each.epoch_seconds)});
        }
    }
    const std::vector<Advice> all = advice(study);
    if (!all.empty()) text += "\n## What the figures say\n\n";
    for (const Advice& each : all) text += fmt::format("**{}.** {}\n\n", each.topic, each.text);
    return text;
}

}  // namespace markhor::insight
