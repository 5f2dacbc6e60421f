// Questions about elements, answered with 1 and 0 in the type of what was asked about, so that answers can be
// multiplied with; and powers.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

enum class Comparison { equal, not_equal, greater, greater_equal };

/// 1 where x stands so to y, else 0; shapes broadcast. Nothing flows back.
class Compare final : public Op {
public:
    explicit Compare(Comparison kind) : kind(kind) {}
    std::string_view name() const override;
    std::string attributes() const override { return std::string(name()); }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const Comparison kind;
};

/// x^exponent. x is at least 0 where the exponent is not whole.
class Power final : public Op {
public:
    explicit Power(double exponent) : exponent(exponent) {}
    std::string_view name() const override { return "power"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
    int in_place_input(int /*output*/) const override { return 0; }

    const double exponent;
};

Value compare(Builder& builder, Comparison kind, Value x, Value y);
/// With the same number everywhere.
Value compare(Builder& builder, Comparison kind, Value x, double y);
Value power(Builder& builder, Value x, double exponent);

}  // namespace markhor::ops
