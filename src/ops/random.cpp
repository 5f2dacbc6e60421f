// The rules of dropout: shapes and gradient. Kernels are in engine/.
#include "ops/random.hpp"

#include "ops/check.hpp"

namespace markhor::ops {

std::string Dropout::attributes() const {
    return "rate=" + text(rate) + " noise_shape=" + noise_shape.str() + " stream=" + std::to_string(stream);
}

std::vector<TensorSpec> Dropout::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "an input and a seed");
    check_floating(inputs.first(1));
    check_dtype(inputs[1], DType::int64, "the seed");
    check_shape(inputs[1], {2}, "the seed");
    if (!(rate >= 0 && rate <= 1)) throw ValueError("a dropout rate is in [0, 1]; " + text(rate) + " came");
    const Shape& shape = inputs[0].shape;
    bool fits = noise_shape.rank() == shape.rank();
    for (std::size_t i = 0; fits && i < shape.rank(); ++i) fits = noise_shape[i] == shape[i] || noise_shape[i] == 1;
    if (!fits) {
        throw ShapeError("a noise_shape of " + noise_shape.str() + " does not fit an input of shape " + shape.str() +
                         ": each size is the input's or 1");
    }
    return {inputs[0]};
}

std::vector<Value> Dropout::gradient(const GradientContext& context) const {
    return {dropout(context.builder, context.upstream[0], context.inputs[1], rate, noise_shape, stream), {}};
}

std::string Noise::attributes() const {
    return std::string(kind == NoiseKind::uniform ? "uniform" : "normal") + " of " + shape.str() +
           " stream=" + std::to_string(stream);
}

std::vector<TensorSpec> Noise::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 1, "a seed");
    check_dtype(inputs[0], DType::int64, "the seed");
    check_shape(inputs[0], {2}, "the seed");
    return {{DType::float32, shape}};
}

Value noise(Builder& builder, NoiseKind kind, Value seed, Shape shape, std::uint32_t stream) {
    return builder.add1(std::make_shared<Noise>(kind, std::move(shape), stream), {seed});
}

Value dropout(Builder& builder, Value x, Value seed, double rate, Shape noise_shape, std::uint32_t stream) {
    return builder.add1(std::make_shared<Dropout>(rate, std::move(noise_shape), stream), {x, seed});
}

}  // namespace markhor::ops
