// A profile as a table and as a trace.
#include <fmt/format.h>

#include <markhor/profile.hpp>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "insight/numbers.hpp"
#include "insight/text_columns.hpp"

namespace markhor::insight {
namespace {

// "412.5 (183 %)": a rate in thousands of millions and its share of the ceiling.
std::string rate(double amount, double seconds, double ceiling) {
    if (seconds <= 0 || ceiling <= 0) return "";
    return fmt::format("{:.1f} ({:.0f} %)", amount / seconds / 1e9, 100 * amount / seconds / ceiling);
}

std::string images_text(const Profile& profile) {
    std::string text = profile.batch == 1 ? "one image" : std::to_string(profile.batch) + " images";
    if (profile.batch == profile.of_batch) return text;
    return text + " (as predict() computes a batch of " + std::to_string(profile.of_batch) + ")";
}

}  // namespace

std::string profile_table(const Profile& profile) {
    double sum = 0;
    double flops = 0;
    for (const ProfileStep& step : profile.steps) {
        sum += step.seconds;
        flops += step.flops;
    }
    std::vector<std::vector<std::string>> rows = {
        {"Layer", "Op", "Algorithm", "Output", "ms", "share", "GFLOP/s", "GB/s"}};
    for (const ProfileStep& step : profile.steps) {
        rows.push_back({step.layer, step.op, step.algorithm, step.output_shape.str(),
                        fmt::format("{:.3f}", step.seconds * 1e3), fmt::format("{:.1f} %", 100 * step.seconds / sum),
                        rate(step.flops, step.seconds, profile.ceiling.flops_per_second),
                        rate(step.bytes, step.seconds, profile.ceiling.bytes_per_second)});
    }
    rows.push_back({"all", "", "", "", fmt::format("{:.3f}", sum * 1e3), "",
                    rate(flops, sum, profile.ceiling.flops_per_second), ""});
    return text_columns(rows) +
           fmt::format(
               "\n{}, {} of {}: fastest run {}, {} images/s with {} threads.\n"
               "Memory: {} of weights, {} made of them once for the kernels, {} of intermediate values and scratch.\n"
               "In brackets: of the machine's ceiling as measured now, {} GFLOP/s of multiply-adds in registers and {} "
               "GB/s of a copy.\nWinograd counts as the direct sum it stands for, so it may be above 100 %. A tensor "
               "that fits the caches may be above the copy's speed. All tensors are channels last.\n",
               profile.model, profile.training ? "a training step" : "inference", images_text(profile),
               seconds_text(profile.seconds), significant(static_cast<double>(profile.batch) / profile.seconds),
               profile.threads, bytes_text(static_cast<double>(profile.weight_bytes)),
               bytes_text(static_cast<double>(profile.kept_bytes)),
               bytes_text(static_cast<double>(profile.arena_bytes)),
               significant(profile.ceiling.flops_per_second / 1e9),
               significant(profile.ceiling.bytes_per_second / 1e9));
}

std::string profile_trace(const Profile& profile) {
    nlohmann::json events = nlohmann::json::array();
    double microseconds = 0;
    for (const ProfileStep& step : profile.steps) {
        events.push_back({{"name", step.layer.empty() ? step.op : step.layer},
                          {"cat", step.op},
                          {"ph", "X"},
                          {"pid", 1},
                          {"tid", 1},
                          {"ts", microseconds},
                          {"dur", step.seconds * 1e6},
                          {"args",
                           {{"op", step.op},
                            {"algorithm", step.algorithm},
                            {"output", step.output_shape.str()},
                            {"GFLOP/s", step.flops / step.seconds / 1e9},
                            {"GB/s", step.bytes / step.seconds / 1e9}}}});
        microseconds += step.seconds * 1e6;
    }
    const nlohmann::json trace = {{"traceEvents", events}, {"displayTimeUnit", "ms"}};
    return text::json(trace.dump(1, ' ', false, nlohmann::json::error_handler_t::replace)) + "\n";
}

}  // namespace markhor::insight
