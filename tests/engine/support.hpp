// How far apart two engines' results are.
#pragma once

#include <algorithm>
#include <cmath>
#include <markhor/tensor.hpp>

namespace markhor::engine {

/// The largest difference of two tensors, over the largest magnitude of the second where they differ (1 where that is
/// smaller). NaN against NaN is none.
inline double difference(const Tensor& a, const Tensor& b) {
    const Tensor left = a.cast(DType::float64);
    const Tensor right = b.cast(DType::float64);
    double worst = 0;
    double scale = 1;
    for (std::size_t i = 0; i < left.data<double>().size(); ++i) {
        const double x = left.data<double>()[i];
        const double y = right.data<double>()[i];
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        if (std::isnan(x) || std::isnan(y)) return HUGE_VAL;
        worst = std::max(worst, std::abs(x - y));
        scale = std::max(scale, std::abs(y));
    }
    return worst / scale;
}

}  // namespace markhor::engine
