// Functions of one element (the activations among them) and of two, with NumPy's broadcasting.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

enum class UnaryKind {
    relu,  // max_value a (infinity: none), negative_slope b, threshold c: see keras.layers.ReLU
    sigmoid,
    tanh,
    softplus,
    softsign,
    elu /*alpha a*/,
    selu,
    gelu /*a: 1 = tanh approximation*/,
    silu,
    hard_sigmoid,
    mish,
    exponential,
    log_sigmoid,
    log,
    sqrt,
    square,
    absolute,
    negate,
    reciprocal,
    scale,  // a x + b
    clip,   // to [a, b]
    celu /*alpha a*/,
    hard_silu,
    hard_shrink,  // 0 within [-a, a]
    soft_shrink,  // towards 0 by a, and no further
    sparse_plus,
    sparse_sigmoid,
    threshold,  // x above a, else b
};

/// y = f(x). The gradient of kinks is Keras's: relu'(0) = 0, celu'(0) = 2.
class Unary final : public Op {
public:
    explicit Unary(UnaryKind kind, double a = 0, double b = 0, double c = 0) : kind(kind), a(a), b(b), c(c) {}
    std::string_view name() const override;
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
    int in_place_input(int /*output*/) const override { return 0; }

    /// Plain ReLU: no maximum, slope or threshold. Only then can it be fused, and its gradient be taken from y.
    bool is_plain_relu() const;

    const UnaryKind kind;
    const double a, b, c;
};

/// dx from (dy, r) where r is y for plain relu, sigmoid, tanh, exponential, sqrt (uses_output()) and x for the others.
class UnaryGradient final : public Op {
public:
    explicit UnaryGradient(UnaryKind kind, double a = 0, double b = 0, double c = 0) : kind(kind), a(a), b(b), c(c) {}
    std::string_view name() const override;
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
    int in_place_input(int /*output*/) const override { return 0; }

    bool uses_output() const;

    const UnaryKind kind;
    const double a, b, c;
};

enum class BinaryKind { add, subtract, multiply, divide, maximum, minimum };

/// z = f(x, y), shapes broadcast. The gradient of a tie in maximum/minimum goes to x alone, as TensorFlow has it.
class Binary final : public Op {
public:
    explicit Binary(BinaryKind kind) : kind(kind) {}
    std::string_view name() const override;
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const BinaryKind kind;
};

/// dx (or dy for input 1) before un-broadcasting, from (dz, x, y), of maximum and minimum.
class ExtremumGradient final : public Op {
public:
    ExtremumGradient(BinaryKind kind, int input) : kind(kind), input(input) {}
    std::string_view name() const override { return "extremum_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;

    const BinaryKind kind;
    const int input;
};

Value unary(Builder& builder, UnaryKind kind, Value x, double a = 0, double b = 0, double c = 0);
/// Plain ReLU.
Value relu(Builder& builder, Value x);
/// dx of a plain ReLU from (dy, y); an epilogue's gradient is this too.
Value relu_gradient(Builder& builder, Value dy, Value y);
Value binary(Builder& builder, BinaryKind kind, Value x, Value y);
inline Value add(Builder& b, Value x, Value y) { return binary(b, BinaryKind::add, x, y); }
inline Value subtract(Builder& b, Value x, Value y) { return binary(b, BinaryKind::subtract, x, y); }
inline Value multiply(Builder& b, Value x, Value y) { return binary(b, BinaryKind::multiply, x, y); }
inline Value divide(Builder& b, Value x, Value y) { return binary(b, BinaryKind::divide, x, y); }
/// x summed down to `shape`, undoing a broadcast.
Value sum_to(Builder& builder, Value x, const Shape& shape);
/// The shape two shapes broadcast to; throws ShapeError where they do not.
Shape broadcast(const Shape& a, const Shape& b);

}  // namespace markhor::ops
