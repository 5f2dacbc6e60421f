#include "insight/repeats.hpp"

#include <algorithm>
#include <cmath>

namespace markhor::insight {

std::vector<Repeated> repeated(const CaseStudy& study) {
    std::vector<Repeated> all;
    for (const Repeat& run : study.repeats) {
        auto found = std::ranges::find_if(
            all, [&](const Repeated& each) { return each.head == run.head && each.size == run.size; });
        if (found == all.end()) {
            all.push_back({.head = run.head,
                           .size = run.size,
                           .low = run.test_accuracy,
                           .high = run.test_accuracy,
                           .params = run.params});
            found = all.end() - 1;
        }
        ++found->runs;
        found->mean += run.test_accuracy;
        found->epoch_seconds += run.epoch_seconds;
        found->low = std::min(found->low, run.test_accuracy);
        found->high = std::max(found->high, run.test_accuracy);
    }
    for (Repeated& each : all) {
        const auto runs = static_cast<double>(each.runs);
        each.mean /= runs;
        each.epoch_seconds /= runs;
        double squares = 0;
        for (const Repeat& run : study.repeats) {
            if (run.head == each.head && run.size == each.size) squares += std::pow(run.test_accuracy - each.mean, 2);
        }
        if (each.runs > 1) each.deviation = std::sqrt(squares / (runs - 1));
    }
    std::ranges::stable_sort(all, {}, &Repeated::size);
    return all;
}

}  // namespace markhor::insight
