// Places in an arena for values that come and go.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace markhor::exporting {

/// Free and used stretches of the arena while a plan walks through its steps: first fit, lowest address. The unit is
/// the caller's.
class Stretches {
public:
    std::size_t take(std::size_t size) {
        std::size_t at = 0;
        for (const auto& [begin, end] : used_) {
            if (begin - at >= size) break;
            at = end;
        }
        used_.emplace(at, at + size);
        peak_ = std::max(peak_, at + size);
        return at;
    }
    void give_back(std::size_t begin) { used_.erase(used_.lower_bound({begin, 0})); }
    std::size_t peak() const noexcept { return peak_; }

private:
    std::set<std::pair<std::size_t, std::size_t>> used_;
    std::size_t peak_ = 0;
};

}  // namespace markhor::exporting
