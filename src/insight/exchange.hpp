// What data-parallel training sends: each step every machine gets the mean of all machines' gradients. Computed, not
// measured.
#pragma once

namespace markhor::insight {

/// Bytes that each of `machines` sends in a step by ring all-reduce, the way that sends least: 2 (n - 1) / n of the
/// gradients. Patarasuk & Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009.
inline double exchanged_bytes(double gradient_bytes, int machines) {
    return 2.0 * (machines - 1) / machines * gradient_bytes;
}

/// Seconds that takes on a link of so many Gbit/s at full speed, nothing lost to latency.
inline double exchange_seconds(double gradient_bytes, int machines, double gigabits_per_second) {
    return exchanged_bytes(gradient_bytes, machines) * 8 / (gigabits_per_second * 1e9);
}

}  // namespace markhor::insight
