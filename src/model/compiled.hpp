// What compile() was given, output by output, and which part of an example belongs to which input and output.
#pragma once

#include <cstddef>
#include <markhor/compile_options.hpp>
#include <markhor/dataset.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace markhor {

struct CompiledOutput {
    std::string name;
    std::optional<Loss> loss = {};
    double weight = 1;  ///< of the loss
    std::vector<Metric> metrics = {};
    std::vector<Metric> weighted_metrics = {};
    bool needs_target() const { return loss || !metrics.empty() || !weighted_metrics.empty(); }
};

/// The options' lists and names resolved as Keras does it: one loss is for all outputs, metrics of one list are for the
/// only output or one each. Throws ValueError, starting with `where`, for numbers and names that do not fit the
/// outputs.
std::vector<CompiledOutput> resolve_outputs(const CompileOptions& options, const std::vector<std::string>& names,
                                            const std::string& where);

/// For each name the index of what was given for it: in order where `given` is empty, else by name (none where the name
/// was not given). Throws ValueError, starting with `where`, for another count or an unknown name; `what` is "inputs",
/// "losses", ….
std::vector<std::optional<std::size_t>> match_names(std::span<const std::string> names,
                                                    std::span<const std::string> given, std::size_t count,
                                                    const std::string& what, const std::string& where);

}  // namespace markhor
