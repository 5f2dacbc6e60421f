// Products of matrices.
#pragma once

#include "ops/convolution.hpp"

namespace markhor::ops {

/// epilogue(A B [+ bias]) of two matrices, each transposed where said: A is (m, k), B (k, n), bias (n,). Inputs a, b[,
/// bias].
class MatMul final : public Op {
public:
    MatMul(bool transpose_a, bool transpose_b, bool has_bias = false, Epilogue epilogue = Epilogue::none)
        : transpose_a(transpose_a), transpose_b(transpose_b), has_bias(has_bias), epilogue(epilogue) {}
    std::string_view name() const override { return "matmul"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const bool transpose_a;
    const bool transpose_b;
    const bool has_bias;
    const Epilogue epilogue;
};

/// A B for each pair of matrices of two stacks, each transposed where said: A is (batch, m, k), B (batch, k, n).
class BatchMatMul final : public Op {
public:
    BatchMatMul(bool transpose_a, bool transpose_b) : transpose_a(transpose_a), transpose_b(transpose_b) {}
    std::string_view name() const override { return "batch_matmul"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const bool transpose_a;
    const bool transpose_b;
};

Value batch_matmul(Builder& builder, Value a, Value b, bool transpose_a = false, bool transpose_b = false);
/// bias may be an invalid Value.
Value matmul(Builder& builder, Value a, Value b, Value bias = {}, bool transpose_a = false, bool transpose_b = false);

}  // namespace markhor::ops
