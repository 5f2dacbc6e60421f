// Examples that lie in memory as two arrays.
#pragma once

#include <markhor/dataset.hpp>

namespace markhor::data {

/// Axis 0 of both arrays counts the examples. Elements are converted as they are read, so bytes stay bytes in memory.
class MemorySource final : public DatasetSource {
public:
    /// x: float32 or uint8; y: int32, int64, uint8 (read as int32) or float32. Throws ShapeError, ValueError.
    MemorySource(Tensor x, Tensor y);

    std::int64_t size() const override { return x_.shape()[0]; }
    Shape x_shape() const override { return x_.shape().without_batch(); }
    Shape y_shape() const override { return y_.shape().without_batch(); }
    DType y_dtype() const override { return y_.dtype(); }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override;

private:
    Tensor x_;
    Tensor y_;
};

}  // namespace markhor::data
