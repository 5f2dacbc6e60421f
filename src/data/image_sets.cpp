#include "data/image_sets.hpp"

#include <algorithm>
#include <array>

namespace markhor::data {

std::vector<std::string> image_sets(const std::vector<std::string>& folders) {
    const auto has = [&](const char* name) { return std::ranges::find(folders, name) != folders.end(); };
    std::vector<std::string> sets;
    if (!has("train")) return sets;
    for (const char* name : {"train", "validation", "valid", "val", "test"}) {
        if (has(name)) sets.emplace_back(name);
    }
    return sets.size() > 1 && sets.size() == folders.size() ? sets : std::vector<std::string>();
}

}  // namespace markhor::data
