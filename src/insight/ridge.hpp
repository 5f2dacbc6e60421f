// Ridge regression in double precision.
#pragma once

#include <cstdint>
#include <vector>

namespace markhor::insight {

/// Sums over examples of what a regression of `targets` on `features` needs; examples are added one by one.
class Ridge {
public:
    Ridge(std::size_t features, std::size_t targets);

    void add(const float* features, const double* targets);

    struct Solution {
        std::vector<double> weights;  ///< (features, targets)
        std::vector<double> bias;     ///< (targets,)
    };
    /// The weights that minimise the mean squared error plus ridge times the squared weights; the bias is free. Throws
    /// ValueError where that has no one solution (no examples; features that depend on each other, and ridge 0).
    Solution solve(double ridge) const;

private:
    std::size_t features_;
    std::size_t targets_;
    std::int64_t count_ = 0;
    std::vector<double> sum_f_;
    std::vector<double> sum_t_;
    std::vector<double> ff_;  // (features, features), the lower triangle
    std::vector<double> ft_;  // (features, targets)
};

}  // namespace markhor::insight
