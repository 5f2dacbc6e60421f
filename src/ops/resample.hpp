// Images by coordinates: a linear map along one axis (resizing is two of them), and sampling at transformed positions.
#pragma once

#include <array>

#include "ops/op.hpp"

namespace markhor::ops {

/// A sparse matrix: element o of the result is the sum of weight[k] times element index[k], k from first[o] to first[o
/// + 1].
struct Taps {
    std::int64_t in = 0;
    std::vector<std::int64_t> first = {0};
    std::vector<std::int64_t> index = {};
    std::vector<float> weight = {};

    std::int64_t out() const noexcept { return static_cast<std::int64_t>(first.size()) - 1; }
    Taps transposed() const;
};

/// The map of `taps` along `axis` (not negative). `kind`, with the sizes, tells different taps apart: "bilinear".
class Resample final : public Op {
public:
    Resample(std::string kind, int axis, Taps taps) : kind(std::move(kind)), axis(axis), taps(std::move(taps)) {}
    std::string_view name() const override { return "resample"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;
    Cost cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const override;

    const std::string kind;
    const int axis;
    const Taps taps;
};

/// What random transforms are drawn from, uniformly, for each image; `width` and `height` are the images'.
struct Jitter {
    using Interval = std::array<double, 2>;
    double width = 0, height = 0;
    Interval angle{0, 0};  // in turns, counter-clockwise
    Interval height_zoom{1, 1}, width_zoom{1, 1};
    bool one_zoom = false;                           // width_zoom is height_zoom
    Interval height_shift{0, 0}, width_shift{0, 0};  // in pixels, downwards and to the right
    bool whole_shift = false;  // the shift is rounded down to whole pixels, and one for all images
    bool flip_horizontally = false, flip_vertically = false;  // both or neither, with probability 1/2

    std::string str() const;
};

/// float32 (batch, 6) from (seed), as Noise's: a0, a1, a2, b0, b1, b2, with which element (x, y) of an image is taken
/// from (a0 x + a1 y + a2, b0 x + b1 y + b2). Centres are those of the image.
class RandomTransforms final : public Op {
public:
    RandomTransforms(Jitter jitter, std::int64_t batch, std::uint32_t stream)
        : jitter(jitter), batch(batch), stream(stream) {}
    std::string_view name() const override { return "random_transforms"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& /*context*/) const override { return {Value{}}; }

    const Jitter jitter;
    const std::int64_t batch;
    const std::uint32_t stream;
};

/// What lies outside of an image: its reflection (dcba|abcd|dcba), its repetition, its border, or a number.
enum class Fill { reflect, wrap, nearest, constant };

/// Images (batch, height, width, channels) at transformed positions, from (images, transforms): the nearest element, or
/// bilinear between four. The transforms have no gradient.
class Sample final : public Op {
public:
    Sample(bool bilinear, Fill fill, double value) : bilinear(bilinear), fill(fill), value(value) {}
    std::string_view name() const override { return "sample"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;
    std::vector<Value> gradient(const GradientContext& context) const override;

    const bool bilinear;
    const Fill fill;
    const double value;
};

/// d(images) from (dy, transforms).
class SampleGradient final : public Op {
public:
    SampleGradient(bool bilinear, Fill fill) : bilinear(bilinear), fill(fill) {}
    std::string_view name() const override { return "sample_gradient"; }
    std::string attributes() const override;
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override;

    const bool bilinear;
    const Fill fill;
};

}  // namespace markhor::ops
