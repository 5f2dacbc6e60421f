#include "model/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <markhor/error.hpp>

#include "core/text.hpp"

namespace markhor {
namespace {

constexpr int bar_width = 20;
constexpr double interval = 0.05;

std::string count_text(std::int64_t current, std::int64_t target) {
    return fmt::format("{:{}}/{}", current, std::to_string(target).size(), target);
}

std::string repeated(const char* text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

std::string time_per_step(double seconds) {
    if (seconds >= 1 || seconds == 0) return fmt::format(" {:.0f}s/step", seconds);
    if (seconds >= 1e-3) return fmt::format(" {:.0f}ms/step", seconds * 1e3);
    return fmt::format(" {:.0f}us/step", seconds * 1e6);
}

std::string remaining(double seconds) {
    const auto whole = static_cast<long long>(seconds);
    if (seconds > 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
    if (seconds > 60) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}s", whole);
}

// The line of verbose 2 asks for avg > 1e-3, the bar for abs(avg) > 1e-3.
std::string values_text(const ProgressBar::Values& values, bool absolute) {
    std::string text;
    for (const auto& [name, value] : values) {
        const bool plain = (absolute ? std::abs(value) : value) > 1e-3;
        text += " - " + text::printable(name, 100) + ": ";
        if (std::isfinite(value)) {
            text += plain ? fmt::format("{:.4f}", value) : fmt::format("{:.4e}", value);
        } else {
            text += std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
    }
    return text;
}

}  // namespace

ProgressBar::ProgressBar(std::ostream& output, int verbose, std::int64_t target, double now)
    : output_(&output), verbose_(verbose), target_(target), start_(now) {}

// Without the first step, which is not representative, as soon as there are others.
double ProgressBar::step_seconds(std::int64_t current, double now) {
    if (current == 0) return 0;
    const bool without_first = after_first_step_ >= 0 && current > 1;
    const double seconds = without_first ? (now - after_first_step_) / static_cast<double>(current - 1)
                                         : (now - start_) / static_cast<double>(current);
    if (current == 1) after_first_step_ = now;
    return seconds;
}

void ProgressBar::update(std::int64_t current, const Values& values, double now, bool finalize) {
    if (verbose_ == 0 || (verbose_ == 2 && !finalize)) return;
    const double per_step = step_seconds(current, now);
    if (verbose_ == 2) {
        *output_ << count_text(current, target_) << fmt::format(" - {:.0f}s -", now - start_) << time_per_step(per_step)
                 << values_text(values, false) << '\n'
                 << std::flush;
        return;
    }
    if (now - last_update_ < interval && !finalize) return;

    // What the eye sees is counted, not the escapes that make it bold or green.
    const std::string count = count_text(current, target_);
    const int done = target_ == 0 ? bar_width : static_cast<int>(bar_width * current / target_);
    std::string bar = "\x1b[1m" + count + "\x1b[0m ";
    if (done > 0) bar += "\x1b[32m" + repeated("━", done) + "\x1b[0m";
    bar += "\x1b[37m" + repeated("━", bar_width - done) + "\x1b[0m";
    const std::string time =
        finalize ? fmt::format("{:.0f}s", now - start_) : remaining(per_step * static_cast<double>(target_ - current));
    const std::string info = time_per_step(per_step) + values_text(values, true);
    const std::size_t width = count.size() + 1 + bar_width + 1 + time.size() + info.size();

    std::string line = std::string(previous_width_, '\b') + "\r" + bar + " \x1b[1m" + time + "\x1b[0m" + info;
    if (previous_width_ > width) line += std::string(previous_width_ - width, ' ');
    if (finalize) line += '\n';
    *output_ << line << std::flush;
    previous_width_ = width;
    last_update_ = now;
}

int resolve_verbose(int verbose, bool is_terminal) {
    if (verbose < -1 || verbose > 2) {
        throw ValueError("verbose is " + std::to_string(verbose) + "; 0, 1, 2 or -1 (auto) is wanted");
    }
    if (verbose == -1) verbose = 1;
    return verbose == 1 && !is_terminal ? 2 : verbose;
}

std::pair<std::ostream*, bool> progress_output(std::ostream* output) {
    if (output != nullptr) return {output, false};
    return {&std::cout, isatty(STDOUT_FILENO) == 1};
}

double steady_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace markhor
