// Charts as SVG text, to be set into a page: lines over linear or logarithmic axes, and horizontal bars. Colours and
// fonts are the page's own: series 0, 1, … are drawn in the style classes "series0", "series1", …; see
// report_style.cpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace markhor::insight::svg {

/// Points joined in their order. A series of one point is a mark alone.
struct Series {
    std::string name = {};  ///< written at the line's end
    int color = 0;          ///< the style class's number; also the mark's form (circle, square, diamond, …)
    bool dashed = false;
    std::vector<double> x = {};  ///< as many as y
    std::vector<double> y = {};
};

struct Axis {
    std::string title = {};                        ///< with its unit
    bool logarithmic = false;                      ///< then all values must be above 0
    std::vector<double> ticks = {};                ///< empty: chosen from the values
    std::function<std::string(double)> text = {};  ///< of a tick; default: the shortest decimal
};

struct LineChart {
    std::string description = {};  ///< what the chart shows, for those who cannot see it
    Axis x = {};
    Axis y = {};
    std::vector<Series> series = {};
};
/// Values that are not finite are left out. Throws ValueError for a series whose x and y differ in number.
std::string line_chart(const LineChart& chart);

struct Bar {
    std::string label = {};
    double value = 0;
    std::string text = {};  ///< the value, as written behind the bar
};
struct BarChart {
    std::string description = {};
    int color = 0;
    double maximum = 0;  ///< the value of a full bar; 0: the largest of the bars
    std::vector<Bar> bars = {};
};
std::string bar_chart(const BarChart& chart);

/// About `count` round values that cover [low, high]: steps of 1, 2 or 5 times a power of ten.
std::vector<double> round_ticks(double low, double high, int count);
/// The powers of ten that enclose [low, high]; with 2 and 5 between them where they would be two at most.
std::vector<double> logarithmic_ticks(double low, double high);

}  // namespace markhor::insight::svg
