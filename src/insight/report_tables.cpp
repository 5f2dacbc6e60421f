// The report's sections made of words and tables.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "insight/exchange.hpp"
#include "insight/figures.hpp"
#include "insight/head_pair.hpp"
#include "insight/image_uri.hpp"
#include "insight/numbers.hpp"
#include "insight/report_parts.hpp"
#include "insight/report_sections.hpp"
#include "insight/samples.hpp"
#include "insight/svg.hpp"

namespace markhor::insight {
namespace {

constexpr const char* not_known = "–";

std::string card(const HeadResult& result, std::size_t index) {
    const std::string accuracy = result.test_accuracy
                                     ? percent(*result.test_accuracy) + " <small>of the test images right</small>"
                                     : std::string(not_known) + " <small>not tested: the run was stopped</small>";
    std::string costs = grouped(result.cost.params) + " parameters";
    if (!result.history.seconds.empty())
        costs += " · " + seconds_text(*std::ranges::min_element(result.history.seconds)) + " an epoch";
    costs += result.weights_file_bytes > 0
                 ? " · " + bytes_text(static_cast<double>(result.weights_file_bytes)) + " on disk"
                 : " · " + flops_text(result.cost.flops) + " an image";
    return fmt::format("<div class=\"card series{}\"><h3>{}</h3><p class=\"big\">{}</p><p>{}</p></div>\n",
                       series_color(index), text::html(result.title), accuracy, costs);
}

/// The largest size at which all heads were timed; 0: none.
std::int64_t compared_size(const CaseStudy& study) {
    std::int64_t largest = 0;
    for (const SizeResult& result : study.sizes) {
        const bool all = std::ranges::all_of(study.heads, [&](const HeadResult& head) {
            const SizeResult* found = find_size(study, head.head, result.size);
            return found != nullptr && found->step_seconds && found->cost.training;
        });
        if (all) largest = std::max(largest, result.size);
    }
    return largest;
}

std::string sample_item(const CaseStudy& study, const Sample& sample) {
    const auto class_name = [&](std::int32_t label) { return class_text(study, static_cast<std::size_t>(label)); };
    std::string text = fmt::format("<li><img src=\"{}\" alt=\"Test image {}: {}\"><strong>{}</strong>",
                                   png_uri(sample.shape, sample.pixels), sample.index, class_name(sample.label),
                                   class_name(sample.label));
    for (std::size_t i = 0; i < sample.predictions.size() && i < study.heads.size(); ++i) {
        const Sample::Prediction& said = sample.predictions[i];
        text += fmt::format("<span class=\"head{}\">{} {}: {} {:.0f} %</span>", series_color(i),
                            said.label == sample.label ? "✓" : "✗", text::html(study.heads[i].head),
                            class_name(said.label), 100 * said.probability);
    }
    std::string heats;
    for (std::size_t i = 0; i < sample.predictions.size() && i < study.heads.size(); ++i) {
        const std::vector<std::uint8_t>& heat = sample.predictions[i].heat;
        if (heat.empty()) continue;
        heats += fmt::format("<figure><img src=\"{}\" alt=\"Where {} saw {}\"><figcaption>{}</figcaption></figure>",
                             png_uri({sample.shape[0], sample.shape[1], 3}, heat), text::html(study.heads[i].head),
                             class_name(sample.predictions[i].label), text::html(study.heads[i].head));
    }
    if (!heats.empty()) text += "<div class=\"heats\">" + heats + "</div>";
    return text + "</li>\n";
}

}  // namespace

std::string html_table(const Row& head, const std::vector<Row>& rows, const std::string& style) {
    std::string text =
        "<div class=\"scroll\"><table" + (style.empty() ? "" : " class=\"" + style + "\"") + ">\n<thead><tr>";
    for (const std::string& cell : head) text += "<th scope=\"col\">" + cell + "</th>";
    text += "</tr></thead>\n<tbody>\n";
    for (const Row& row : rows) {
        text += "<tr><th scope=\"row\">" + row.front() + "</th>";
        for (std::size_t i = 1; i < row.size(); ++i) text += "<td>" + row[i] + "</td>";
        text += "</tr>\n";
    }
    return text + "</tbody></table></div>\n";
}

std::string head_cell(const CaseStudy& study, std::size_t head) {
    std::string title;
    for (const char c : text::html(study.heads[head].title)) {
        if (c >= 'A' && c <= 'Z' && !title.empty()) title += "<wbr>";
        title += c;
    }
    return fmt::format("<span class=\"head{}\">{}</span>", series_color(head), title);
}

int series_color(std::size_t head) {
    constexpr std::size_t colors = 6;  // that report_style.cpp has
    return static_cast<int>(head % colors);
}

std::string class_text(const CaseStudy& study, std::size_t label) {
    return text::html(label < study.class_names.size() ? study.class_names[label] : std::to_string(label));
}

std::string cards_section(const CaseStudy& study) {
    std::string text = "<div class=\"pair\">\n";
    for (std::size_t i = 0; i < study.heads.size(); ++i) text += card(study.heads[i], i);
    return text + "</div>\n";
}

std::string advice_section(const CaseStudy& study) {
    const std::vector<Advice> all = advice(study);
    if (all.empty()) return {};
    std::string text = "<section>\n<h2>What the figures say</h2>\n<dl>\n";
    for (const Advice& each : all) {
        text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", text::html(each.topic), text::html(each.text));
    }
    return text + "</dl>\n</section>\n";
}

std::string figures_section(const CaseStudy& study) {
    if (study.heads.empty()) return {};
    Row head{""};
    for (std::size_t i = 0; i < study.heads.size(); ++i) head.push_back(head_cell(study, i));
    std::vector<Row> rows;
    for (const Figure& figure : figures(study)) {
        Row row{text::html(figure.name)};
        for (const std::string& value : figure.values) row.push_back(text::html(value));
        rows.push_back(std::move(row));
    }
    return "<section>\n<h2>Figures</h2>\n" + html_table(head, rows) + "</section>\n";
}

std::string machines_section(const CaseStudy& study) {
    const std::int64_t size = compared_size(study);
    if (size == 0) return {};
    constexpr int machines = 8;
    Row head{"Link of each machine"};
    Row gradients{"Gradients, a step"};
    Row sent{fmt::format("Sent by each of {} machines", machines)};
    for (std::size_t i = 0; i < study.heads.size(); ++i) {
        const double bytes = find_size(study, study.heads[i].head, size)->cost.training->gradient_bytes;
        head.push_back(head_cell(study, i));
        gradients.push_back(bytes_text(bytes));
        sent.push_back(bytes_text(exchanged_bytes(bytes, machines)));
    }
    std::vector<Row> rows{gradients, sent};
    for (const double gigabits : {1.0, 10.0, 25.0, 100.0}) {
        Row row{fmt::format("Exchange at {} Gbit/s", gigabits)};
        for (const HeadResult& result : study.heads) {
            const SizeResult& there = *find_size(study, result.head, size);
            const double exchange = exchange_seconds(there.cost.training->gradient_bytes, machines, gigabits);
            row.push_back(fmt::format("{} <small>+ {:.2f} %</small>", seconds_text(exchange),
                                      100 * exchange / *there.step_seconds));
        }
        rows.push_back(std::move(row));
    }
    return fmt::format(R"(<section>
<h2>On many machines</h2>
<p>Machines that train one network together exchange all gradients, one float for each trainable parameter, in every step. For
colour images of {0}×{0} pixels, among {1} machines with {2} images each:</p>
{3}<p class="note">Computed, not measured: the least that a ring exchange needs at the link's full speed, and in small print by how
much that lengthens the step measured on this machine ({4}), where nothing of it is hidden behind the computation. On faster
machines the step is shorter and the exchange weighs more.</p>
</section>
)",
                       size, machines, study.options.timed_batch, html_table(head, rows), [&] {
                           std::string steps;
                           for (const HeadResult& result : study.heads) {
                               steps += (steps.empty() ? "" : ", ") + text::html(result.head) + " " +
                                        seconds_text(*find_size(study, result.head, size)->step_seconds);
                           }
                           return steps;
                       }());
}

std::string samples_section(const CaseStudy& study) {
    if (study.samples.empty()) return {};
    const bool several = study.heads.size() > 1;
    std::string text = several ? "<section>\n<h2>Test images, and what the networks say</h2>\n"
                               : "<section>\n<h2>Test images, and what the network says</h2>\n";
    if (study.heads.size() == 2) {
        const Agreement agreed = agreement(study.heads[0], study.heads[1], study.test_labels);
        text += fmt::format(
            "<p>Of {} test images both name {} rightly, {} alone {}, {} alone {}, and none of them {}. </p>\n",
            grouped(study.test_images), grouped(agreed.both_right), text::html(study.heads[0].title),
            grouped(agreed.first_only), text::html(study.heads[1].title), grouped(agreed.second_only),
            grouped(agreed.both_wrong));
    }
    text += "<p class=\"note\">";
    text += several
                ? "First those on which the networks differ, then those that none names rightly, then some that all "
                  "do; of each kind the first in the test set's order. Above, what the image is; below, what each "
                  "network takes it for, and how sure it is."
                : "First some that it names wrongly, then some that it names rightly; of each kind the first in the "
                  "test set's order. Above, what the image is; below, what the network takes it for, and how sure it "
                  "is.";
    const bool heats = std::ranges::any_of(study.samples, [](const Sample& sample) {
        return std::ranges::any_of(sample.predictions, [](const auto& said) { return !said.heat.empty(); });
    });
    if (heats) {
        text +=
            " The small pictures show where each saw what it says (class activation maps; Grad-CAM for heads that do "
            "not pool): red most, blue least.";
    }
    text += "</p>\n<ul class=\"samples\">\n";
    for (const Sample& sample : study.samples) text += sample_item(study, sample);
    return text + "</ul>\n</section>\n";
}

std::string summaries_section(const CaseStudy& study) {
    if (study.heads.empty()) return {};
    std::string text = "<section>\n<h2>The networks</h2>\n<div class=\"pair\">\n";
    for (std::size_t i = 0; i < study.heads.size(); ++i) {
        text += fmt::format("<figure><h3>{}</h3><pre tabindex=\"0\">{}</pre></figure>\n", head_cell(study, i),
                            text::html(study.heads[i].summary));
    }
    return text + "</div>\n</section>\n";
}

}  // namespace markhor::insight
