#include "insight/ridge.hpp"

#include <cmath>
#include <markhor/error.hpp>

namespace markhor::insight {
namespace {

constexpr double rounding = 1e-12;  // less than this share of a feature's variance left: it follows from the others

}  // namespace

Ridge::Ridge(std::size_t features, std::size_t targets)
    : features_(features),
      targets_(targets),
      sum_f_(features, 0.0),
      sum_t_(targets, 0.0),
      ff_(features * features, 0.0),
      ft_(features * targets, 0.0) {}

void Ridge::add(const float* features, const double* targets) {
    ++count_;
    for (std::size_t t = 0; t < targets_; ++t) sum_t_[t] += targets[t];
    for (std::size_t i = 0; i < features_; ++i) {
        const double f = features[i];
        sum_f_[i] += f;
        if (f == 0) continue;
        for (std::size_t j = 0; j <= i; ++j) ff_[i * features_ + j] += f * static_cast<double>(features[j]);
        for (std::size_t t = 0; t < targets_; ++t) ft_[i * targets_ + t] += f * targets[t];
    }
}

Ridge::Solution Ridge::solve(double ridge) const {
    if (count_ == 0) throw ValueError("ridge regression: no example was given");
    const auto n = static_cast<double>(count_);
    // L L' of the centred second moments, by rows.
    std::vector<double> lower(features_ * features_, 0.0);
    for (std::size_t i = 0; i < features_; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            const double moment = ff_[i * features_ + j] / n - sum_f_[i] / n * (sum_f_[j] / n);
            double sum = moment + (i == j ? ridge : 0.0);
            for (std::size_t k = 0; k < j; ++k) sum -= lower[i * features_ + k] * lower[j * features_ + k];
            if (i != j) {
                lower[i * features_ + j] = sum / lower[j * features_ + j];
            } else if (sum > rounding * (moment + ridge)) {
                lower[i * features_ + i] = std::sqrt(sum);
            } else {
                throw ValueError("ridge regression: feature " + std::to_string(i) +
                                 " follows from others; a larger ridge is wanted");
            }
        }
    }
    Solution solution{std::vector<double>(features_ * targets_), std::vector<double>(targets_)};
    std::vector<double> x(features_);
    for (std::size_t t = 0; t < targets_; ++t) {
        for (std::size_t i = 0; i < features_; ++i) {
            double sum = ft_[i * targets_ + t] / n - sum_f_[i] / n * (sum_t_[t] / n);
            for (std::size_t k = 0; k < i; ++k) sum -= lower[i * features_ + k] * x[k];
            x[i] = sum / lower[i * features_ + i];
        }
        double bias = sum_t_[t] / n;
        for (std::size_t i = features_; i-- > 0;) {
            double sum = x[i];
            for (std::size_t k = i + 1; k < features_; ++k) sum -= lower[k * features_ + i] * x[k];
            x[i] = sum / lower[i * features_ + i];
            solution.weights[i * targets_ + t] = x[i];
            bias -= x[i] * sum_f_[i] / n;
        }
        solution.bias[t] = bias;
    }
    return solution;
}

}  // namespace markhor::insight
