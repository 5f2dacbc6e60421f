// An audit as text for a terminal, and its growth as a picture.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <markhor/audit.hpp>

#include "core/text.hpp"
#include "insight/numbers.hpp"
#include "insight/svg.hpp"
#include "insight/text_columns.hpp"

namespace markhor::insight {
namespace {

std::string field_text(const LayerAudit& layer) {
    if (layer.receptive_field.empty()) return "all";
    std::string text;
    for (const std::int64_t side : layer.receptive_field) text += (text.empty() ? "" : "x") + std::to_string(side);
    return text;
}

std::string layer_table(const Audit& audit) {
    std::vector<std::vector<std::string>> rows = {{"Layer", "Output", "Parameters", "share", "Arithmetic", "share",
                                                   "Output memory", "Op/byte", "Sees px", "Predicted"}};
    if (audit.measured_seconds) rows[0].emplace_back("Measured");
    for (const LayerAudit& layer : audit.layers) {
        const LayerCost& cost = layer.cost;
        std::string params = grouped(cost.params);
        if (cost.params > cost.trainable_params)
            params += fmt::format(" ({} fixed)", grouped(cost.params - cost.trainable_params));
        rows.push_back({cost.name, cost.output_shape.str(), params,
                        percent_of(static_cast<double>(cost.params), static_cast<double>(audit.cost.params)),
                        flops_text(cost.flops), percent_of(cost.flops, audit.cost.flops),
                        bytes_text(cost.activation_bytes), fmt::format("{:.1f}", layer.intensity), field_text(layer),
                        seconds_text(layer.predicted_seconds)});
        if (audit.measured_seconds) rows.back().push_back(seconds_text(layer.measured_seconds.value_or(0)));
    }
    std::vector<std::string> all = {
        "all", "", grouped(audit.cost.params),           "", flops_text(audit.cost.flops), "", "",
        "",    "", seconds_text(audit.predicted_seconds)};
    if (audit.measured_seconds) all.push_back(seconds_text(*audit.measured_seconds));
    rows.push_back(std::move(all));
    return text_columns(rows);
}

/// A bar whose length is the logarithm of the value over the smallest: a full one for the largest.
std::string bar(double value, double smallest, double largest) {
    constexpr double cells = 24;
    const double length = largest > smallest ? std::log(value / smallest) / std::log(largest / smallest) : 0;
    std::string text = "|";
    for (int i = 0; i < static_cast<int>(std::lround(length * cells)); ++i) text += "=";
    return text;
}

std::string growth_table(const Audit& audit) {
    if (audit.growth.size() < 2) return {};
    double smallest = audit.growth[0].flops;
    double largest = smallest;
    for (const Growth& size : audit.growth) {
        smallest = std::min({smallest, size.flops, static_cast<double>(size.params)});
        largest = std::max({largest, size.flops, static_cast<double>(size.params)});
    }
    std::string text = "\nWith other images (bars: logarithm of parameters, P, and of arithmetic, A):\n";
    for (const Growth& size : audit.growth) {
        text += fmt::format("  {:<16} P {:>13} {}\n  {:<16} A {:>13} {}\n", size.input.str(), grouped(size.params),
                            bar(std::max(1.0, static_cast<double>(size.params)), std::max(1.0, smallest), largest), "",
                            flops_text(size.flops), bar(std::max(1.0, size.flops), std::max(1.0, smallest), largest));
    }
    return text;
}

}  // namespace

std::string audit_text(const Audit& audit) {
    const ModelCost& cost = audit.cost;
    std::string text =
        fmt::format("{}, images {}\n\n", text::printable(audit.model), audit.input.str()) + layer_table(audit);
    text += fmt::format(
        "\nParameters: {}, {} of them trainable; {} of weights.\nAn image forward: {} (of which {} multiply-adds of "
        "convolutions and matrix products: {}), {} of activations.\n",
        grouped(cost.params), grouped(cost.trainable_params), bytes_text(cost.weight_bytes), flops_text(cost.flops),
        grouped(std::llround(audit.multiply_adds)), flops_text(2 * audit.multiply_adds),
        bytes_text(cost.activation_bytes));
    if (cost.training) {
        text += fmt::format("A training step of {} images: {}, {} of activations, {} of gradients.\n",
                            cost.training->batch, flops_text(cost.training->flops),
                            bytes_text(cost.training->activation_bytes), bytes_text(cost.training->gradient_bytes));
    }
    text += fmt::format("This machine: {:.0f} GFLOP/s and {:.0f} GB/s at most. A run of {}: {} predicted{}.\n",
                        audit.machine.flops_per_second / 1e9, audit.machine.bytes_per_second / 1e9,
                        audit.batch == 1 ? "1 image" : fmt::format("{} images", audit.batch),
                        seconds_text(audit.predicted_seconds),
                        audit.measured_seconds ? ", " + seconds_text(*audit.measured_seconds) + " measured" : "");
    text +=
        "A multiply-add counts as two operations; all operations of a layer count, before any are merged. Times are "
        "after merging: a layer merged into the one before it takes none; a convolution by Winograd's rule may take "
        "less than predicted.\n";
    text += growth_table(audit);
    text += audit.findings.empty() ? "\nNo findings.\n" : "\nFindings:\n";
    for (const Finding& finding : audit.findings) {
        text += text::printable(fmt::format("  {} [{}]: {}.", finding.severity, finding.name, finding.evidence)) +
                "\n" + text::printable(fmt::format("      -> {}.", finding.remedy)) + "\n";
    }
    return text;
}

std::string growth_svg(const Audit& audit) {
    svg::Series params{.name = "parameters", .color = 0};
    svg::Series flops{.name = "operations", .color = 1};
    svg::LineChart chart{
        .description = "Parameters and operations an image of " + audit.model + " by the side of the image",
        .x = {.title = "side of the image, pixels", .logarithmic = true},
        .y = {.title = "parameters; operations an image", .logarithmic = true, .text = axis_count}};
    for (const Growth& size : audit.growth) {
        const auto side = static_cast<double>(size.input[0]);
        chart.x.ticks.push_back(side);
        params.x.push_back(side);
        params.y.push_back(static_cast<double>(size.params));
        flops.x.push_back(side);
        flops.y.push_back(size.flops);
    }
    chart.series = {params, flops};
    const std::string drawn = svg::line_chart(chart);
    // As a file of its own it needs its namespace and the page's colours.
    static constexpr const char* style =
        "<style>text{fill:#5f5c55;font:12px system-ui,sans-serif}path{fill:none;stroke:#5f5c55}.grid{stroke:#dedbd2}"
        ".line{stroke-width:2}.series0 *{stroke:#0b5fa5}.series0 :not(.line){fill:#0b5fa5}text.series0{fill:#0b5fa5}"
        ".series1 *{stroke:#bd4208}.series1 :not(.line){fill:#bd4208}text.series1{fill:#bd4208}</style>"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>";
    const std::size_t head = drawn.find('>');
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"840\"" + drawn.substr(4, head + 1 - 4) + style +
           drawn.substr(head + 1) + "\n";
}

}  // namespace markhor::insight
