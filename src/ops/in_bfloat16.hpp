// An op whose values lie in memory as bfloat16.
#pragma once

#include <cstdint>

#include "ops/op.hpp"

namespace markhor::ops {

/// Another op that reads some of its float32 inputs from bfloat16 (those whose spec says so) and rounds some of its
/// float32 outputs to it; between them it computes as the op alone does. Made by graph::use_bfloat16, never by a layer,
/// and after differentiation: it has no gradient.
class InBfloat16 final : public Op {
public:
    /// Bit i of `rounded`: output i is bfloat16.
    InBfloat16(OpPtr op, std::uint32_t rounded) : op(std::move(op)), rounded(rounded) {}
    std::string_view name() const override { return op->name(); }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;
    int in_place_input(int output) const override { return op->in_place_input(output); }
    bool is_view() const override { return op->is_view(); }

    const OpPtr op;
    const std::uint32_t rounded;
};

/// The specs with float32 in place of bfloat16.
std::vector<TensorSpec> widened(std::span<const TensorSpec> specs);

}  // namespace markhor::ops
