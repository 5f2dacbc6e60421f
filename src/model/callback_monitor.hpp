// What callbacks that watch a figure of the logs share: which way is better, and whether it got better.
#pragma once

#include <markhor/callbacks.hpp>
#include <optional>
#include <string>

namespace markhor {

class Monitor {
public:
    /// `callback` starts the errors. Throws ValueError for a mode that is none.
    Monitor(std::string callback, std::string figure, const std::string& mode, double min_delta = 0);

    const std::string& figure() const noexcept { return figure_; }
    /// The figure's value; nothing, with a warning on the standard error, where the logs lack it.
    std::optional<double> value(const Logs& logs) const;
    /// Better than the reference (always, where there is none) by at least min_delta.
    bool improves(double value, const std::optional<double>& reference) const;

private:
    std::string callback_;
    std::string figure_;
    double min_delta_;
    int direction_;  // 1: to rise, -1: to fall, 0: not known
};

}  // namespace markhor
