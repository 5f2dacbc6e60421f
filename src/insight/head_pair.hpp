// The two heads that advice is about: one that keeps every position of the last map, and one that pools it.
#pragma once

#include <algorithm>
#include <markhor/case_study.hpp>
#include <optional>

namespace markhor::insight {

struct HeadPair {
    const HeadResult& flat;
    const HeadResult& pooled;
};

/// The first of each kind in the study; none where a kind is absent.
inline std::optional<HeadPair> head_pair(const CaseStudy& study) {
    const auto pools = [](const HeadResult& result) {
        return std::ranges::none_of(result.cost.layers,
                                    [](const LayerCost& layer) { return layer.class_name == "Flatten"; });
    };
    const auto pooled = std::ranges::find_if(study.heads, pools);
    const auto flat = std::ranges::find_if_not(study.heads, pools);
    if (pooled == study.heads.end() || flat == study.heads.end()) return std::nullopt;
    return HeadPair{*flat, *pooled};
}

/// A head's figures for one image size, or null.
inline const SizeResult* find_size(const CaseStudy& study, const std::string& head, std::int64_t size) {
    const auto found = std::ranges::find_if(
        study.sizes, [&](const SizeResult& result) { return result.head == head && result.size == size; });
    return found == study.sizes.end() ? nullptr : &*found;
}

}  // namespace markhor::insight
