// How long something takes at best.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace markhor {

/// Seconds of the fastest of `runs` calls.
template <class Body>
double fastest(int runs, const Body& body) {
    double seconds = std::numeric_limits<double>::infinity();
    for (int run = 0; run < runs; ++run) {
        const auto begin = std::chrono::steady_clock::now();
        body();
        seconds = std::min(seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return seconds;
}

}  // namespace markhor
