#include "model/compiled.hpp"

#include <algorithm>
#include <markhor/error.hpp>

namespace markhor {
namespace {

using Indices = std::vector<std::optional<std::size_t>>;

std::string list_of(std::span<const std::string> names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "'" : ", '") + name + "'";
    return list;
}

struct Resolver {
    const std::vector<std::string>& names;
    const std::string& where;

    template <class T>
    Indices match(const PerOutput<T>& given, const char* what) const {
        return match_names(names, given.names(), given.size(), what, where);
    }

    void losses(const Losses& given, std::vector<CompiledOutput>& outputs) const {
        if (given.empty()) return;
        if (given.for_all()) {
            for (CompiledOutput& output : outputs) output.loss = given.values().front();
            return;
        }
        const Indices indices = match(given, "losses");
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            // A forgotten loss is no loss of None: that must be said.
            if (!indices[i]) {
                throw ValueError(where + "losses came for " + list_of(given.names()) + " but none for output '" +
                                 names[i] + "'; give it one, or std::nullopt where it is not to be trained");
            }
            outputs[i].loss = given.values()[*indices[i]];
        }
    }

    void weights(const LossWeights& given, std::vector<CompiledOutput>& outputs) const {
        if (given.empty()) return;
        const Indices indices = match(given, "loss_weights");
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (indices[i]) outputs[i].weight = given.values()[*indices[i]];
        }
    }

    void metrics(const OutputMetrics& given, const char* what, std::vector<CompiledOutput>& outputs,
                 std::vector<Metric> CompiledOutput::*into) const {
        if (given.empty()) return;
        if (!given.flat().empty()) {
            if (outputs.size() == 1) {
                outputs.front().*into = given.flat();
                return;
            }
            // One each, as Keras takes such a list.
            const Indices indices = match_names(names, {}, given.flat().size(), what, where);
            for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].*into = {given.flat()[*indices[i]]};
            return;
        }
        const Indices indices = match(given, what);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (indices[i]) outputs[i].*into = given.values()[*indices[i]];
        }
    }
};

}  // namespace

Indices match_names(std::span<const std::string> names, std::span<const std::string> given, std::size_t count,
                    const std::string& what, const std::string& where) {
    Indices indices(names.size());
    if (given.empty()) {
        if (count != names.size()) {
            throw ValueError(where + std::to_string(count) + " " + what + " came; " + std::to_string(names.size()) +
                             " are wanted, for " + list_of(names));
        }
        for (std::size_t i = 0; i < count; ++i) indices[i] = i;
        return indices;
    }
    for (std::size_t k = 0; k < given.size(); ++k) {
        const auto found = std::ranges::find(names, given[k]);
        if (found == names.end()) {
            throw ValueError(where + what + " came for '" + given[k] + "'; the model has " + list_of(names));
        }
        indices[static_cast<std::size_t>(found - names.begin())] = k;
    }
    return indices;
}

std::vector<CompiledOutput> resolve_outputs(const CompileOptions& options, const std::vector<std::string>& names,
                                            const std::string& where) {
    std::vector<CompiledOutput> outputs;
    outputs.reserve(names.size());
    for (const std::string& name : names) outputs.push_back({.name = name});
    const Resolver resolver{names, where};
    resolver.losses(options.loss, outputs);
    resolver.weights(options.loss_weights, outputs);
    resolver.metrics(options.metrics, "metrics", outputs, &CompiledOutput::metrics);
    resolver.metrics(options.weighted_metrics, "weighted_metrics", outputs, &CompiledOutput::weighted_metrics);
    return outputs;
}

}  // namespace markhor
