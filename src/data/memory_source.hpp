// Examples that lie in memory as arrays: one or more inputs, one or more targets.
#pragma once

#include <markhor/dataset.hpp>

namespace markhor::data {

/// Axis 0 of all arrays counts the examples. Elements are converted as they are read, so bytes stay bytes in memory.
class MemorySource final : public DatasetSource {
public:
    /// x: float32 or uint8; y: int32, int64, uint8 (read as int32) or float32. Throws ShapeError, ValueError.
    MemorySource(const Tensors& x, const Tensors& y);

    std::int64_t size() const override { return x_.front().shape()[0]; }
    Shape x_shape() const override { return x_.front().shape().without_batch(); }
    Shape y_shape() const override { return y_.front().shape().without_batch(); }
    DType y_dtype() const override { return y_.front().dtype(); }
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override;
    ExampleParts parts() const override { return parts_; }
    std::int64_t label(std::int64_t item) const override;
    void read_more(std::int64_t epoch, std::span<const std::int64_t> items, std::span<Tensor> x,
                   std::span<Tensor> y) const override;

private:
    void check_count(const std::string& first, const std::string& name, const Tensor& array) const;

    std::vector<Tensor> x_, y_;
    ExampleParts parts_;
};

}  // namespace markhor::data
