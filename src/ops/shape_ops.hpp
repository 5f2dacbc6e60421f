// Ops that move elements without changing them: reshape (free), transpose, concatenate, pad, cast.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

/// The same elements under another shape. A view: no kernel runs.
class Reshape final : public Op {
public:
    explicit Reshape(Shape shape) : shape(std::move(shape)) {}
    std::string_view name() const override { return "reshape"; }
    std::string attributes() const override { return shape.str(); }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec>, std::span<const TensorSpec>) const override { return {}; }
    bool is_view() const override { return true; }

    const Shape shape;
};

/// Axes permuted: output axis i is input axis permutation[i].
class Transpose final : public Op {
public:
    explicit Transpose(std::vector<int> permutation) : permutation(std::move(permutation)) {}
    std::string_view name() const override { return "transpose"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const std::vector<int> permutation;
};

/// Any number of inputs, one after the other along `axis` (non-negative).
class Concatenate final : public Op {
public:
    explicit Concatenate(int axis) : axis(axis) {}
    std::string_view name() const override { return "concatenate"; }
    std::string attributes() const override { return "axis=" + std::to_string(axis); }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const int axis;
};

/// Elements [begin, end) along each axis.
class Slice final : public Op {
public:
    Slice(std::vector<std::int64_t> begin, std::vector<std::int64_t> end)
        : begin(std::move(begin)), end(std::move(end)) {}
    std::string_view name() const override { return "slice"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const std::vector<std::int64_t> begin, end;
};

/// Zeros added before and after each axis.
class Pad final : public Op {
public:
    Pad(std::vector<std::int64_t> before, std::vector<std::int64_t> after)
        : before(std::move(before)), after(std::move(after)) {}
    std::string_view name() const override { return "pad"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const std::vector<std::int64_t> before, after;
};

/// Elements converted to another type, as a C++ static_cast does.
class Cast final : public Op {
public:
    explicit Cast(DType dtype) : dtype(dtype) {}
    std::string_view name() const override { return "cast"; }
    std::string attributes() const override { return std::string(name_of(dtype)); }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const DType dtype;
};

Value reshape(Builder& builder, Value x, Shape shape);
Value transpose(Builder& builder, Value x, std::vector<int> permutation);
Value concatenate(Builder& builder, std::vector<Value> inputs, int axis);
Value slice(Builder& builder, Value x, std::vector<std::int64_t> begin, std::vector<std::int64_t> end);
Value pad(Builder& builder, Value x, std::vector<std::int64_t> before, std::vector<std::int64_t> after);
Value cast(Builder& builder, Value x, DType dtype);
/// A float32 value's elements rounded to bfloat16, as float32: a cast there and one back.
Value rounded(Builder& builder, Value x);
/// Whether a value comes of rounded(): a float32 cast of a bfloat16 value.
bool is_rounded(const Builder& builder, Value x);

}  // namespace markhor::ops
