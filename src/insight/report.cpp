// report.html: the page around its sections.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "insight/numbers.hpp"
#include "insight/report_sections.hpp"
#include "insight/svg.hpp"

namespace markhor::insight {
namespace {

/// Models were given as they are, and nothing was trained.
bool as_they_are(const CaseStudy& study) { return study.options.epochs == 0; }

std::string title(const CaseStudy& study) {
    if (as_they_are(study)) return "Models side by side";
    if (study.options.heads.size() == 1) return study.heads.empty() ? study.options.heads[0] : study.heads[0].title;
    return "Flatten or global pooling?";
}

std::string data_name(const CaseStudy& study) {
    return study.options.data_name.empty() ? "the data" : text::html(study.options.data_name);
}

std::string introduction(const CaseStudy& study) {
    if (as_they_are(study)) {
        return fmt::format("{} models as they are, tested on {}: {} images of {}×{} pixels, {} classes.",
                           study.options.heads.size(), data_name(study), grouped(study.test_images), study.image[0],
                           study.image[1], study.class_names.size());
    }
    const std::vector<std::string> of_study = head_names();
    const bool own = std::ranges::find(of_study, study.options.heads[0]) != of_study.end();
    const std::string networks =
        study.options.heads.size() > 1 ? "The same four convolutions under different heads, from the same seed"
        : own                          ? "A network of four convolutions under one head"
              : text::html(study.options.heads[0]) + " of keras.applications, from new weights";
    return fmt::format(
        "{networks}, trained on {data}: {train} images of {height}×{width} pixels to learn from, {test} others to be "
        "tested on, "
        "{classes} classes, {epochs}.",
        fmt::arg("networks", networks), fmt::arg("data", data_name(study)),
        fmt::arg("train", grouped(study.train_images)), fmt::arg("height", study.image[0]),
        fmt::arg("width", study.image[1]), fmt::arg("test", grouped(study.test_images)),
        fmt::arg("classes", study.class_names.size()),
        fmt::arg("epochs", study.options.epochs == 1 ? "one epoch" : fmt::format("{} epochs", study.options.epochs)));
}

std::string interruption(const CaseStudy& study) {
    if (!study.interrupted) return {};
    return "<p class=\"warning\">This run was stopped before its end. What follows was measured until then; the rest "
           "is missing, "
           "and figures of an unfinished training are not those of a finished one.</p>\n";
}

std::string training_text(const CaseStudy& study) {
    if (as_they_are(study)) return {};
    const Recipe& recipe = study.options.recipe;
    return fmt::format(
        "Optimizer {}, learning rate {} ({}), batches of {}, seed {}{}{}. The fastest epoch counts. Test images take "
        "no "
        "part in training; they are looked at after each epoch for the curves{} ",
        recipe.optimizer, study.options.learning_rate, recipe.schedule, study.options.batch_size, study.options.seed,
        recipe.class_weight == "none" ? "" : ", class weights " + text::html(recipe.class_weight),
        recipe.augment ? ", images changed at random (" + augmentation_text() + ")" : "",
        recipe.patience > 0
            ? fmt::format(", and the epoch of the lowest validation loss was kept (patience {}).", recipe.patience)
            : std::string(" only, and no epoch is chosen by them."));
}

std::string footer(const CaseStudy& study) {
    return fmt::format(
        R"(<footer>
<h3>How this was measured</h3>
<p>{started}, on {threads} of {processor}; Markhor {version}; {duration} in all. {training}Times are wall times on this machine
and include reading the images; other work on it slows them.</p>
<p>A multiply-add counts as two operations. FLOPs are by the rules of the operations, for one image, before any are merged.
Activations are the memory that the planned graph takes beside weights and data. A MB is 1,000,000 bytes.</p>
{again}</footer>
)",
        fmt::arg("started", text::html(study.started)),
        fmt::arg("threads", study.threads == 1 ? "1 thread" : fmt::format("{} threads", study.threads)),
        fmt::arg("processor", text::html(study.processor)), fmt::arg("version", text::html(study.version)),
        fmt::arg("duration", seconds_text(study.seconds)), fmt::arg("training", training_text(study)),
        fmt::arg("again", study.options.command.empty() ? ""
                                                        : fmt::format("<p>The same again: <code>{}</code></p>\n",
                                                                      text::html(study.options.command))));
}

}  // namespace

std::string report_html(const CaseStudy& study) {
    const std::string name = text::html(title(study));
    std::string page = fmt::format(
        R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Markhor</title>
<style>{style}</style>
</head>
<body>
<header>
<p class="kicker">Markhor {kind} · {started}</p>
<h1>{title}</h1>
<p class="lead">{introduction}</p>
{interruption}</header>
<main>
)",
        fmt::arg("title", name), fmt::arg("style", report_style()),
        fmt::arg("kind", study.options.heads.size() > 1 ? "case study" : "training"),
        fmt::arg("started", text::html(study.started)), fmt::arg("introduction", introduction(study)),
        fmt::arg("interruption", interruption(study)));
    for (const auto section : {cards_section, advice_section, figures_section, curves_section, classes_section,
                               wrong_section, repeats_section, behaviour_section, layers_section, growth_section,
                               machines_section, samples_section, summaries_section}) {
        page += section(study);
    }
    return page + "</main>\n" + footer(study) + "</body>\n</html>\n";
}

}  // namespace markhor::insight
