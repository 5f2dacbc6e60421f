// Figures as a reader wants them: three significant digits, thousands grouped, units named.
#pragma once

#include <cstdint>
#include <string>

namespace markhor::insight {

/// "11,574,090".
std::string grouped(std::int64_t value);
/// Three significant digits, never as a power of ten: "46.3", "0.266", "1,230"; "0" for zero.
std::string significant(double value);
/// "46.3 MB": a unit is 1000 of the one before.
std::string bytes_text(double bytes);
/// "2.24 GFLOP".
std::string flops_text(double flops);
/// "18.2 s", "41.5 ms", "3 min 20 s".
std::string seconds_text(double seconds);
/// A share of 1 with two decimals: "89.22 %".
std::string percent(double share);
/// The share of a part in a whole with one decimal: "12.5 %"; nothing where the whole is nothing.
std::string percent_of(double part, double whole);
/// "174 times"; with one decimal below 10: "2.0 times".
std::string times(double ratio);
/// A count for the axis of a chart: "100", "10k", "1M", "1.5G".
std::string axis_count(double value);

}  // namespace markhor::insight
