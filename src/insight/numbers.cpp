#include "insight/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace markhor::insight {
namespace {

/// Divides by 1000 while three digits before the point do not suffice, and names the step.
template <std::size_t Count>
std::string with_prefix(double value, const std::array<const char*, Count>& units) {
    std::size_t unit = 0;
    while (std::abs(value) >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return significant(value) + units[unit];
}

}  // namespace

std::string grouped(std::int64_t value) {
    std::string digits = std::to_string(value);
    const std::ptrdiff_t sign = value < 0 ? 1 : 0;
    for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > sign; place -= 3) {
        digits.insert(static_cast<std::size_t>(place), ",");
    }
    return digits;
}

std::string significant(double value) {
    if (value == 0 || !std::isfinite(value)) return value == 0 ? "0" : fmt::format("{}", value);
    const int power = static_cast<int>(std::floor(std::log10(std::abs(value))));
    const double step = std::pow(10.0, power - 2);
    const double rounded = std::round(value / step) * step;
    if (std::abs(rounded) >= 999.5) return grouped(std::llround(rounded));
    // 9.996 has become 10.0: its power is that of what is shown.
    const int shown = static_cast<int>(std::floor(std::log10(std::abs(rounded)) + 1e-9));
    return fmt::format("{:.{}f}", rounded, std::max(0, 2 - shown));
}

std::string bytes_text(double bytes) {
    if (bytes < 999.5) return fmt::format("{:.0f} B", bytes);
    return with_prefix<6>(bytes, {" B", " kB", " MB", " GB", " TB", " PB"});
}

std::string flops_text(double flops) {
    return with_prefix<6>(flops, {" FLOP", " kFLOP", " MFLOP", " GFLOP", " TFLOP", " PFLOP"});
}

std::string seconds_text(double seconds) {
    if (seconds < 0.0009995) return significant(seconds * 1e6) + " µs";
    if (seconds < 0.9995) return significant(seconds * 1e3) + " ms";
    if (seconds < 119.5) return significant(seconds) + " s";
    const auto whole = std::llround(seconds);
    if (whole < 7200) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string percent_of(double part, double whole) {
    return whole > 0 ? fmt::format("{:.1f} %", 100 * part / whole) : "";
}

std::string times(double ratio) {
    return (ratio < 9.95 ? fmt::format("{:.1f}", ratio) : grouped(std::llround(ratio))) + " times";
}

std::string axis_count(double value) {
    static constexpr std::array<const char*, 5> units = {"", "k", "M", "G", "T"};
    std::size_t unit = 0;
    while (std::abs(value) >= 1000 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return fmt::format("{:.4g}{}", value, units[unit]);
}

}  // namespace markhor::insight
