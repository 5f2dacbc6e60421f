#include "insight/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <markhor/error.hpp>

#include "core/text.hpp"

namespace markhor::insight::svg {
namespace {

// Units of the drawing. It is scaled to the column it stands in; at these sizes its text stays readable on a phone.
constexpr double width = 420;
constexpr double height = 270;
constexpr double left = 50;
constexpr double right = 96;  // room for the names at the lines' ends
constexpr double top = 28;
constexpr double bottom = 44;
constexpr double label_distance = 14;

/// Where values lie along one axis of the drawing.
class Scale {
public:
    Scale(const Axis& axis, double low, double high, double from, double to)
        : logarithmic_(axis.logarithmic), from_(from), to_(to) {
        if (!(low <= high)) low = high = logarithmic_ ? 1 : 0;  // no values at all
        ticks_ = !axis.ticks.empty() ? axis.ticks
                 : logarithmic_      ? logarithmic_ticks(low, high)
                                     : round_ticks(low, high, 5);
        low_ = transformed(std::min(low, ticks_.front()));
        high_ = transformed(std::max(high, ticks_.back()));
        if (high_ == low_) high_ = low_ + 1;
    }
    double operator()(double value) const {
        return from_ + (transformed(value) - low_) / (high_ - low_) * (to_ - from_);
    }
    const std::vector<double>& ticks() const { return ticks_; }

private:
    double transformed(double value) const { return logarithmic_ ? std::log10(value) : value; }

    bool logarithmic_;
    double from_;
    double to_;
    double low_ = 0;
    double high_ = 1;
    std::vector<double> ticks_;
};

bool is_drawn(const LineChart& chart, double x, double y) {
    return std::isfinite(x) && std::isfinite(y) && (!chart.x.logarithmic || x > 0) && (!chart.y.logarithmic || y > 0);
}

std::string tick_text(const Axis& axis, double value) {
    return axis.text ? axis.text(value) : fmt::format("{:.6g}", value);
}

/// A form for each series, so that colour is not all that tells them apart.
std::string mark(int form, double x, double y) {
    switch (form % 3) {
        case 0: return fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="3.2"/>)", x, y);
        case 1: return fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="6" height="6"/>)", x - 3, y - 3);
        default: return fmt::format(R"(<path d="M{:.1f} {:.1f}l4 4l-4 4l-4 -4z"/>)", x, y - 4);
    }
}

std::string axes(const LineChart& chart, const Scale& x, const Scale& y) {
    std::string text = "<g class=\"axis\">";
    for (const double tick : y.ticks()) {
        text += fmt::format(R"(<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>)", left, y(tick), width - right);
        text += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)", left - 6, y(tick) + 4,
                            text::html(tick_text(chart.y, tick)));
    }
    for (const double tick : x.ticks()) {
        text += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", x(tick),
                            height - bottom + 17, text::html(tick_text(chart.x, tick)));
    }
    text += fmt::format(R"(<path d="M{:.1f} {:.1f}H{:.1f}"/>)", left, height - bottom, width - right);
    text += fmt::format(R"(<text class="title" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)",
                        (left + width - right) / 2, height - 6, text::html(chart.x.title));
    text += fmt::format(R"(<text class="title" x="2" y="12">{}</text></g>)", text::html(chart.y.title));
    return text;
}

struct EndLabel {
    double x = 0;
    double y = 0;
    int color = 0;
    std::string text;
};

/// Moves labels apart that would cover each other, keeping their order, and those pushed too low up again.
void spread(std::vector<EndLabel>& labels) {
    std::ranges::stable_sort(labels, {}, &EndLabel::y);
    for (std::size_t i = 1; i < labels.size(); ++i)
        labels[i].y = std::max(labels[i].y, labels[i - 1].y + label_distance);
    double limit = height - bottom;
    for (std::size_t i = labels.size(); i-- > 0;) {
        labels[i].y = std::min(labels[i].y, limit);
        limit = labels[i].y - label_distance;
    }
}

std::string opening(double drawn_height, const std::string& description) {
    return fmt::format(R"(<svg class="chart" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)", width,
                       drawn_height, text::html(description));
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
    if (high <= low) high = low + (low == 0 ? 1 : std::abs(low) * 0.1);
    const double rough = (high - low) / count;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double digit = rough / power;
    const double step = power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    const auto first = static_cast<std::int64_t>(std::floor(low / step + 1e-9));
    const auto last = static_cast<std::int64_t>(std::ceil(high / step - 1e-9));
    std::vector<double> ticks;
    for (std::int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
    return ticks;
}

std::vector<double> logarithmic_ticks(double low, double high) {
    const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9));
    const int last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(high) - 1e-9)));
    std::vector<double> ticks;
    for (int power = first; power <= last; ++power) {
        ticks.push_back(std::pow(10.0, power));
        if (last - first > 1 || power == last) continue;
        ticks.push_back(2 * std::pow(10.0, power));
        ticks.push_back(5 * std::pow(10.0, power));
    }
    return ticks;
}

std::string line_chart(const LineChart& chart) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double low_x = infinity;
    double high_x = -infinity;
    double low_y = infinity;
    double high_y = -infinity;
    for (const Series& series : chart.series) {
        if (series.x.size() != series.y.size()) {
            throw ValueError(fmt::format("the chart's series '{}' has {} x and {} y; as many of each are wanted",
                                         series.name, series.x.size(), series.y.size()));
        }
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            if (!is_drawn(chart, series.x[i], series.y[i])) continue;
            low_x = std::min(low_x, series.x[i]);
            high_x = std::max(high_x, series.x[i]);
            low_y = std::min(low_y, series.y[i]);
            high_y = std::max(high_y, series.y[i]);
        }
    }
    const Scale x(chart.x, low_x, high_x, left + 8, width - right - 8);
    const Scale y(chart.y, low_y, high_y, height - bottom, top);

    std::string text = opening(height, chart.description) + axes(chart, x, y);
    std::vector<EndLabel> labels;
    for (const Series& series : chart.series) {
        std::string path;
        std::string marks;
        double end_x = 0;
        double end_y = 0;
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            if (!is_drawn(chart, series.x[i], series.y[i])) continue;
            end_x = x(series.x[i]);
            end_y = y(series.y[i]);
            path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', end_x, end_y);
            marks += mark(series.color, end_x, end_y);
        }
        if (path.empty()) continue;
        text += fmt::format(R"(<g class="series{}"><path class="line{}" d="{}"/>{}</g>)", series.color,
                            series.dashed ? " dashed" : "", path, marks);
        labels.push_back({end_x + 8, end_y, series.color, series.name});
    }
    spread(labels);
    for (const EndLabel& label : labels) {
        text += fmt::format(R"(<text class="name series{}" x="{:.1f}" y="{:.1f}">{}</text>)", label.color, label.x,
                            label.y + 4, text::html(label.text));
    }
    return text + "</svg>";
}

std::string bar_chart(const BarChart& chart) {
    constexpr double row = 24;
    constexpr double labels = 178;
    constexpr double texts = 62;
    double maximum = chart.maximum;
    for (const Bar& bar : chart.bars) maximum = std::max(maximum, bar.value);
    std::string text = opening(row * static_cast<double>(chart.bars.size()) + 4, chart.description);
    double y = 4;
    for (const Bar& bar : chart.bars) {
        const double length = maximum > 0 ? bar.value / maximum * (width - labels - texts) : 0;
        text += fmt::format(R"(<text class="label" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)", labels - 8,
                            y + 14, text::html(bar.label));
        text +=
            fmt::format(R"(<rect class="bar series{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>)",
                        chart.color, labels, y + 2, std::max(length, bar.value > 0 ? 1.0 : 0.0), row - 8);
        text += fmt::format(R"(<text class="value" x="{:.1f}" y="{:.1f}">{}</text>)", labels + length + 6, y + 14,
                            text::html(bar.text));
        y += row;
    }
    return text + "</svg>";
}

}  // namespace markhor::insight::svg
