#include "model/callback_monitor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <markhor/error.hpp>
#include <string_view>

#include "core/text.hpp"
#include "layers/finite_fields.hpp"

namespace markhor {
namespace {

// By parts of the names of keras.metrics.
int direction_of(std::string_view figure) {
    constexpr std::array rising = {"acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2", "positives"};
    constexpr std::array falling = {"loss",  "error",   "mse",        "mae",  "crossentropy",
                                    "hinge", "poisson", "divergence", "false"};
    const auto in_name = [&](const char* part) { return figure.find(part) != std::string_view::npos; };
    if (std::ranges::any_of(falling, in_name)) return -1;
    return std::ranges::any_of(rising, in_name) ? 1 : 0;
}

}  // namespace

Monitor::Monitor(std::string callback, std::string figure, const std::string& mode, double min_delta)
    : callback_(std::move(callback)), figure_(std::move(figure)), min_delta_(std::abs(min_delta)) {
    if (mode != "auto" && mode != "min" && mode != "max") {
        throw ValueError(callback_ + ": mode is \"" + mode + "\"; \"auto\", \"min\" or \"max\" is wanted");
    }
    check_finite(callback_ + ": ", "min_delta", min_delta_);
    direction_ = mode == "min" ? -1 : mode == "max" ? 1 : direction_of(figure_);
}

std::optional<double> Monitor::value(const Logs& logs) const {
    if (const auto found = logs.find(figure_); found != logs.end()) return found->second;
    std::cerr << callback_ << ": the logs have no " << text::printable(figure_) << "; they have";
    for (const auto& [name, value] : logs) std::cerr << ' ' << text::printable(name);
    std::cerr << '\n';
    return std::nullopt;
}

bool Monitor::improves(double value, const std::optional<double>& reference) const {
    if (direction_ == 0) {
        throw ValueError(callback_ + ": whether " + figure_ +
                         " is to rise or to fall is not known; give mode \"max\" or \"min\"");
    }
    if (!reference) return true;
    return direction_ < 0 ? value + min_delta_ < *reference : value - min_delta_ > *reference;
}

}  // namespace markhor
