// How two tensors are walked side by side under NumPy's broadcasting: axes that behave alike are joined, so that most
// shapes come down to a few long rows.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/cpu/simd/elementwise.hpp"

namespace markhor::cpu {

class BroadcastPlan {
public:
    /// From tensors of shapes x and y to one of shape z, which both broadcast to.
    BroadcastPlan(const Shape& x, const Shape& y, const Shape& z);
    /// z = f(x, y), spread over threads where that pays.
    void run(ops::BinaryKind kind, const float* x, const float* y, float* z) const;

private:
    struct Axis {
        std::int64_t size, x_step, y_step;
    };
    std::vector<Axis> outer_;  // around the rows
    std::int64_t groups_ = 1;  // product of their sizes
    std::int64_t rows_ = 1;
    std::int64_t width_ = 1;
    Steps x_{0, 0};
    Steps y_{0, 0};
};

}  // namespace markhor::cpu
