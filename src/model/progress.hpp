// The progress line of fit, evaluate and predict: Keras 3's, to the letter. Knows nothing of models or clocks.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace markhor {

/// The lines of one pass over the data. Times are seconds on any clock, non-decreasing.
class ProgressBar {
public:
    using Values = std::vector<std::pair<std::string, double>>;

    /// verbose 1: a bar that is drawn over itself, at most every 0.05 s; 2: one line at the end; 0: nothing.
    ProgressBar(std::ostream& output, int verbose, std::int64_t target, double now);

    /// `current` steps are done. Values are shown as they are, in this order.
    void update(std::int64_t current, const Values& values, double now, bool finalize = false);

private:
    double step_seconds(std::int64_t current, double now);

    std::ostream* output_;
    int verbose_;
    std::int64_t target_;
    double start_;
    double last_update_ = -1e9;
    double after_first_step_ = -1;
    std::size_t previous_width_ = 0;
};

/// 0, 1 or 2 for what fit() was given: -1 is 1, and 1 is 2 where the output is no terminal. Throws ValueError for
/// others.
int resolve_verbose(int verbose, bool is_terminal);
/// The stream where progress goes, and whether it is a terminal: `output`, or std::cout.
std::pair<std::ostream*, bool> progress_output(std::ostream* output);
/// Seconds on a steady clock.
double steady_seconds();

}  // namespace markhor
