// The rules of max and average pooling: shapes, gradient, cost. Kernels are in engine/.
#include "ops/pooling.hpp"

#include <algorithm>

#include "ops/check.hpp"

namespace markhor::ops {
namespace {

double window_elements(const Window& window) {
    return static_cast<double>(window.size[0] * window.size[1] * window.size[2]);
}

// A window over padding alone has neither a maximum nor an average.
void check_windows(const Window& window, const Shape& image) {
    const Spatial in = window.spatial(image);
    const Spatial out = window.positions(in);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::int64_t dilation = window.dilation[axis];
        const auto check_position = [&](std::int64_t o) {
            const std::int64_t start = o * window.stride[axis] - window.pad_before[axis];
            const std::int64_t first_tap = start < 0 ? (-start + dilation - 1) / dilation : 0;  // not before element 0
            const bool any = first_tap < window.size[axis] && start + first_tap * dilation < in[axis];
            if (!any) {
                throw ShapeError("a pooling window of " + window.str() + " over " + image.str() +
                                 " lies in its padding alone");
            }
        };
        check_position(0);
        check_position(out[axis] - 1);
        // What lies between the two covers more, unless the image fits between two taps: then all that begin in the
        // padding are looked at.
        if (in[axis] >= dilation) continue;
        constexpr std::int64_t most_looked_at = std::int64_t{1} << 20;
        const std::int64_t before = std::min(out[axis], window.pad_before[axis] / window.stride[axis] + 1);
        if (before > most_looked_at) {
            throw ShapeError("a pooling window of " + window.str() + " over " + image.str() +
                             " has more padding than is looked through");
        }
        for (std::int64_t o = 1; o < before; ++o) check_position(o);
    }
}

TensorSpec pooled(const Window& window, std::span<const TensorSpec> inputs) {
    check_count(inputs, 1, "an image");
    check_floating(inputs);
    const Shape& image = inputs[0].shape;
    check_windows(window, image);
    return {inputs[0].dtype, window.output(image, image.back())};
}

void check_places(const Window& window) {
    const double places = window_elements(window);
    if (places > 256) {
        throw ShapeError("a max pooling window of " + window.str() +
                         " has more than 256 elements, the most that a byte "
                         "can tell apart");
    }
}

}  // namespace

std::vector<TensorSpec> MaxPool::outputs(std::span<const TensorSpec> inputs) const {
    const TensorSpec y = pooled(window, inputs);
    check_places(window);
    return {y, {DType::uint8, y.shape}};
}

std::vector<Value> MaxPool::gradient(const GradientContext& context) const {
    const Shape& image = context.builder.spec(context.inputs[0]).shape;
    return {context.builder.add1(std::make_shared<MaxPoolGradient>(window, image),
                                 {context.upstream[0], context.outputs[1]})};
}

Cost MaxPool::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = elements(outputs[0]) * window_elements(window), .bytes = moved_bytes(inputs, outputs)};
}

std::string MaxPoolGradient::attributes() const { return window.str() + " to " + input_shape.str(); }

std::vector<TensorSpec> MaxPoolGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "an upstream gradient and an index");
    check_floating(inputs.first(1));
    check_places(window);
    const Shape wanted = window.output(input_shape, input_shape.back());
    check_shape(inputs[0], wanted, "the upstream gradient");
    check_shape(inputs[1], wanted, "the index");
    check_dtype(inputs[1], DType::uint8, "the index");
    return {{inputs[0].dtype, input_shape}};
}

std::vector<TensorSpec> AveragePool::outputs(std::span<const TensorSpec> inputs) const {
    return {pooled(window, inputs)};
}

std::vector<Value> AveragePool::gradient(const GradientContext& context) const {
    const Shape& image = context.builder.spec(context.inputs[0]).shape;
    return {context.builder.add1(std::make_shared<AveragePoolGradient>(window, image), {context.upstream[0]})};
}

Cost AveragePool::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = elements(outputs[0]) * window_elements(window), .bytes = moved_bytes(inputs, outputs)};
}

std::string AveragePoolGradient::attributes() const { return window.str() + " to " + input_shape.str(); }

std::vector<TensorSpec> AveragePoolGradient::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "an upstream gradient");
    check_floating(inputs);
    check_shape(inputs[0], window.output(input_shape, input_shape.back()), "the upstream gradient");
    return {{inputs[0].dtype, input_shape}};
}

Cost AveragePoolGradient::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = elements(inputs[0]) * (1 + window_elements(window)), .bytes = moved_bytes(inputs, outputs)};
}

Value max_pool(Builder& builder, Value x, const Window& window) {
    return builder.add1(std::make_shared<MaxPool>(window), {x});
}

Value average_pool(Builder& builder, Value x, const Window& window) {
    return builder.add1(std::make_shared<AveragePool>(window), {x});
}

}  // namespace markhor::ops
