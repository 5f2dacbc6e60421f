// The report's sections on classes: precision, recall and F1, what is taken for what, and the pictures that a network
// is most wrong about.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/text.hpp"
#include "insight/class_scores.hpp"
#include "insight/image_uri.hpp"
#include "insight/numbers.hpp"
#include "insight/report_parts.hpp"
#include "insight/report_sections.hpp"
#include "insight/svg.hpp"

namespace markhor::insight {
namespace {

constexpr std::size_t most_confusions = 6;     // that are named
constexpr std::size_t most_with_numbers = 25;  // classes of a matrix whose cells say how many

bool has_classes(const CaseStudy& study, const HeadResult& result) {
    return !result.predicted.empty() && result.predicted.size() == study.test_labels.size();
}

/// Which class is most often taken for which.
std::string confusions(const CaseStudy& study, const Confusion& confusion) {
    struct Pair {
        std::size_t label, said;
        std::int64_t images;
    };
    std::vector<Pair> pairs;
    for (std::size_t label = 0; label < confusion.size(); ++label) {
        for (std::size_t said = 0; said < confusion.size(); ++said) {
            const std::int64_t images = confusion[label][said];
            if (label != said && images > 0) pairs.push_back({label, said, images});
        }
    }
    std::ranges::stable_sort(pairs, std::greater<>(), &Pair::images);
    std::string text;
    for (std::size_t i = 0; i < std::min(pairs.size(), most_confusions); ++i) {
        text += fmt::format("{}{} for {} ({})", i == 0 ? "" : ", ", class_text(study, pairs[i].label),
                            class_text(study, pairs[i].said), pairs[i].images);
    }
    return text.empty() ? "no image was named wrongly" : text;
}

/// Rows are what the images are, columns what was said. A cell's colour is its share of the row; with many classes the
/// number is in its tooltip alone.
std::string matrix(const CaseStudy& study, const Confusion& confusion, const std::vector<ClassScore>& scores) {
    const bool numbers = confusion.size() <= most_with_numbers;
    std::string text = fmt::format(
        "<div class=\"scroll\"><table class=\"matrix{}\">\n<thead><tr><th scope=\"col\">is \\ "
        "said</th>",
        numbers ? "" : " dense");
    for (std::size_t said = 0; said < confusion.size(); ++said)
        text += "<th scope=\"col\"><span>" + class_text(study, said) + "</span></th>";
    text += "</tr></thead>\n<tbody>\n";
    for (std::size_t label = 0; label < confusion.size(); ++label) {
        text += "<tr><th scope=\"row\">" + class_text(study, label) + "</th>";
        for (std::size_t said = 0; said < confusion.size(); ++said) {
            const std::int64_t images = confusion[label][said];
            if (images == 0) {
                text += "<td></td>";
                continue;
            }
            const double share = static_cast<double>(images) / static_cast<double>(scores[label].images);
            text += fmt::format("<td class=\"{}\" style=\"--share:{:.0f}%\" title=\"{}: {} said of {} of {}\">{}</td>",
                                label == said ? "right" : "wrong", 8 + 42 * share, class_text(study, label),
                                class_text(study, said), images, scores[label].images,
                                numbers ? std::to_string(images) : "");
        }
        text += "</tr>\n";
    }
    return text + "</tbody></table></div>\n";
}

std::string score_table(const CaseStudy& study, const std::vector<ClassScore>& scores) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const ClassScore& score = scores[i];
        rows.push_back({class_text(study, i), grouped(score.images),
                        score.said > 0 ? percent(score.precision) : std::string("–"),
                        score.images > 0 ? percent(score.recall) : std::string("–"),
                        score.images + score.said > 0 ? percent(score.f1) : std::string("–")});
    }
    return html_table({"Class", "Images", "Precision", "Recall", "F1"}, rows, "scores");
}

/// file:///…, every other byte than letters, digits and a few marks as %XX.
std::string file_uri(const std::filesystem::path& file) {
    std::string uri = "file://";
    for (const char c : std::filesystem::absolute(file).string()) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                           c == '-' || c == '_' || c == '.' || c == '~';
        uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return uri;
}

std::string wrong_item(const CaseStudy& study, const WrongImage& wrong) {
    const auto name = [&](std::int32_t label) { return class_text(study, static_cast<std::size_t>(label)); };
    std::string text = "<li>";
    if (!wrong.pixels.empty()) {
        text += fmt::format("<img src=\"{}\" alt=\"{} taken for {}\">", png_uri(wrong.shape, wrong.pixels),
                            name(wrong.label), name(wrong.said));
    }
    text += fmt::format("<strong>{}</strong><span>said: {} {:.0f} %</span><span>{}: {:.1f} %</span>", name(wrong.label),
                        name(wrong.said), 100 * wrong.probability, name(wrong.label), 100 * wrong.label_probability);
    std::error_code unknown;
    const std::string shown = text::html(wrong.name);
    text += std::filesystem::exists(wrong.name, unknown)
                ? fmt::format("<a class=\"file\" href=\"{}\">{}</a>", file_uri(wrong.name), shown)
                : fmt::format("<span class=\"file\">{}</span>", shown);
    return text + "</li>\n";
}

/// The head's name where there are several.
std::string subtitle(const CaseStudy& study, std::size_t head) {
    return study.heads.size() == 1 ? std::string() : "<h3>" + head_cell(study, head) + "</h3>\n";
}

}  // namespace

std::string classes_section(const CaseStudy& study) {
    std::string text;
    for (std::size_t i = 0; i < study.heads.size(); ++i) {
        if (!has_classes(study, study.heads[i])) continue;
        const Confusion confusion = confusion_of(study.test_labels, study.heads[i].predicted, study.class_names.size());
        const std::vector<ClassScore> scores = class_scores(confusion);
        text += subtitle(study, i) + "<div class=\"classes\">\n" + score_table(study, scores) + "<div>" +
                fmt::format("<p class=\"note\">Most often taken: {}.</p>\n", confusions(study, confusion)) +
                matrix(study, confusion, scores) + "</div></div>\n";
    }
    if (text.empty()) return {};
    return "<section>\n<h2>Class by class</h2>\n<p class=\"note\">Precision: of the images that were given this name, "
           "the share that are it. Recall: of the images that are it, the share that were given its name. F1: the "
           "harmonic mean of both. In the matrix each row is what the images are, each column what was said.</p>\n" +
           text + "</section>\n";
}

std::string wrong_section(const CaseStudy& study) {
    std::string text;
    for (std::size_t i = 0; i < study.heads.size(); ++i) {
        if (study.heads[i].wrong.empty()) continue;
        text += subtitle(study, i) + "<ul class=\"samples wrong\">\n";
        for (const WrongImage& wrong : study.heads[i].wrong) text += wrong_item(study, wrong);
        text += "</ul>\n";
    }
    if (text.empty()) return {};
    return "<section>\n<h2>The most wrong pictures</h2>\n<p class=\"note\">Named wrongly, the surest first: pictures "
           "in "
           "the wrong folder are often among them. Each with what it is by its folder, what was said, how likely its "
           "own "
           "name was to the network, and its file.</p>\n" +
           text + "</section>\n";
}

}  // namespace markhor::insight
