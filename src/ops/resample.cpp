// The rules of resampling: shapes, gradient, cost. Kernels are in engine/.
#include "ops/resample.hpp"

#include <markhor/error.hpp>

#include "ops/check.hpp"

namespace markhor::ops {
namespace {

void check_images(std::span<const TensorSpec> inputs, const char* what) {
    check_count(inputs, 2, what);
    check_floating(inputs);
    const Shape& images = inputs[0].shape;
    if (images.rank() != 4) {
        throw ShapeError("takes images (batch, height, width, channels); a tensor of shape " + images.str() + " came");
    }
    check_shape(inputs[1], {images[0], 6}, "the tensor of transforms");
}

std::string describe(bool bilinear, Fill fill) {
    constexpr const char* fills[] = {"reflect", "wrap", "nearest", "constant"};
    return std::string(bilinear ? "bilinear, " : "nearest, ") + fills[static_cast<int>(fill)] + " outside";
}

}  // namespace

Taps Taps::transposed() const {
    Taps other{.in = out()};
    other.first.assign(static_cast<std::size_t>(in) + 1, 0);
    for (const std::int64_t i : index) ++other.first[static_cast<std::size_t>(i) + 1];
    for (std::size_t i = 1; i < other.first.size(); ++i) other.first[i] += other.first[i - 1];
    other.index.resize(index.size());
    other.weight.resize(index.size());
    std::vector<std::int64_t> at(other.first.begin(), other.first.end() - 1);
    for (std::size_t o = 0; o + 1 < first.size(); ++o) {
        for (auto k = static_cast<std::size_t>(first[o]); k < static_cast<std::size_t>(first[o + 1]); ++k) {
            const auto place = static_cast<std::size_t>(at[static_cast<std::size_t>(index[k])]++);
            other.index[place] = static_cast<std::int64_t>(o);
            other.weight[place] = weight[k];
        }
    }
    return other;
}

std::string Resample::attributes() const {
    return kind + " axis=" + std::to_string(axis) + " " + std::to_string(taps.in) + " to " + std::to_string(taps.out());
}

std::vector<TensorSpec> Resample::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "one input");
    check_floating(inputs);
    Shape shape = inputs[0].shape;
    const auto along = static_cast<std::size_t>(axis);
    if (axis < 0 || along >= shape.rank() || shape[along] != taps.in) {
        throw ShapeError("takes a tensor with a size of " + std::to_string(taps.in) + " along axis " +
                         std::to_string(axis) + "; one of shape " + shape.str() + " came");
    }
    shape[along] = taps.out();
    return {{inputs[0].dtype, shape}};
}

std::vector<Value> Resample::gradient(const GradientContext& context) const {
    return {context.builder.add1(std::make_shared<Resample>("transposed " + kind, axis, taps.transposed()),
                                 {context.upstream[0]})};
}

Cost Resample::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const double per_element =
        taps.out() == 0 ? 0 : 2 * static_cast<double>(taps.index.size()) / static_cast<double>(taps.out());
    return {.flops = per_element * elements(outputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::string Jitter::str() const {
    const auto interval = [](const Interval& i) { return "[" + text(i[0]) + ", " + text(i[1]) + "]"; };
    return "of " + text(height) + "x" + text(width) + " angle " + interval(angle) + " zoom " + interval(height_zoom) +
           " " + (one_zoom ? "both" : interval(width_zoom)) + " shift " + interval(height_shift) + " " +
           interval(width_shift) + (whole_shift ? " whole" : "") + (flip_horizontally ? " flip_horizontally" : "") +
           (flip_vertically ? " flip_vertically" : "");
}

std::string RandomTransforms::attributes() const {
    return std::to_string(batch) + " " + jitter.str() + " stream=" + std::to_string(stream);
}

std::vector<TensorSpec> RandomTransforms::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "a seed");
    check_dtype(inputs[0], DType::int64, "the seed");
    check_shape(inputs[0], {2}, "the seed");
    return {{DType::float32, {batch, 6}}};
}

std::string Sample::attributes() const {
    return describe(bilinear, fill) + (fill == Fill::constant ? " " + text(value) : "");
}

std::vector<TensorSpec> Sample::outputs(std::span<const TensorSpec> inputs) const {
    check_images(inputs, "images and transforms");
    return {inputs[0]};
}

std::vector<Value> Sample::gradient(const GradientContext& context) const {
    const auto op = std::make_shared<SampleGradient>(bilinear, fill);
    return {context.builder.add1(op, {context.upstream[0], context.inputs[1]}), {}};
}

std::string SampleGradient::attributes() const { return describe(bilinear, fill); }

std::vector<TensorSpec> SampleGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_images(inputs, "an upstream gradient and transforms");
    return {inputs[0]};
}

}  // namespace markhor::ops
