// Randomness in a graph. Numbers come from Philox (core/random.hpp) keyed by the run's seed, the op's stream and the
// step, so an op can be run twice (forward and gradient) and see the same numbers, and no mask is stored.
#pragma once

#include "ops/op.hpp"

namespace markhor::ops {

/// y = x mask / (1 - rate) from (x, seed): each element of `noise_shape` (x's shape, or with 1 where a draw is shared
/// along an axis) is kept with probability 1 - rate. seed is an int64 tensor of two elements: the run's seed and the
/// step. Element i of the noise takes word i % 4 of Philox(key = seed[0], stream = (stream << 32 | seed[1])).block(i /
/// 4), and is kept where to_unit(word) >= rate (as doubles). A rate of 1 keeps nothing.
class Dropout final : public Op {
public:
    Dropout(double rate, Shape noise_shape, std::uint32_t stream)
        : rate(rate), noise_shape(std::move(noise_shape)), stream(stream) {}
    std::string_view name() const override { return "dropout"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    /// The same op on the upstream gradient.
    std::vector<Value> gradient(const GradientContext& context) const override;
    int in_place_input(int /*output*/) const override { return 0; }

    const double rate;
    const Shape noise_shape;
    const std::uint32_t stream;
};

enum class NoiseKind { uniform, normal };

/// float32 numbers of `shape` from (seed), as Dropout's seed: uniform ones in [0, 1), where element i is to_unit of
/// Dropout's word for it, or normal ones of mean 0 and deviation 1 (Box & Muller, 1958: elements 2k and 2k + 1 are the
/// cosine and the sine of their two words). They have no gradient.
class Noise final : public Op {
public:
    Noise(NoiseKind kind, Shape shape, std::uint32_t stream) : kind(kind), shape(std::move(shape)), stream(stream) {}
    std::string_view name() const override { return "noise"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& /*context*/) const override { return {Value{}}; }

    const NoiseKind kind;
    const Shape shape;
    const std::uint32_t stream;
};

Value noise(Builder& builder, NoiseKind kind, Value seed, Shape shape, std::uint32_t stream);
Value dropout(Builder& builder, Value x, Value seed, double rate, Shape noise_shape, std::uint32_t stream);

}  // namespace markhor::ops
