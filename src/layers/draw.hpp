// The values that initializers give a weight: constants, random distributions, orthogonal matrices.
#pragma once

#include <cstdint>
#include <markhor/tensor.hpp>
#include <string>

namespace markhor {

/// Makes float32 tensors of one shape, from one seed. Throws ValueError for a shape that a kind cannot take.
class Draw {
public:
    Draw(Shape shape, std::uint64_t seed) : shape_(std::move(shape)), seed_(seed) {}

    Tensor constant(double value) const;
    /// `gain` on the diagonal of a matrix.
    Tensor identity(double gain) const;
    /// Between low and high.
    Tensor uniform(double low, double high) const;
    Tensor normal(double mean, double deviation) const;
    /// Drawn again where it is more than two deviations from the mean; the deviation is that before the cut.
    Tensor truncated_normal(double mean, double deviation) const;
    /// Variance scale / n, where n is fan_in, fan_out or their mean (fan_avg). Keras's fans: the last two axes of the
    /// shape, each times the product of the others.
    Tensor variance_scaling(double scale, const std::string& mode, const std::string& distribution) const;
    /// `gain` times a matrix (product of all axes but the last, last axis) with orthonormal columns or, where it is
    /// wide, rows: Q of a random normal matrix, each column times the sign of R's diagonal (Saxe et al., 2014).
    Tensor orthogonal(double gain) const;

private:
    Shape shape_;
    std::uint64_t seed_;
};

}  // namespace markhor
