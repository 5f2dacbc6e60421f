#include "ops/in_bfloat16.hpp"

namespace markhor::ops {

std::string InBfloat16::attributes() const {
    return std::string(op->name()) + " " + op->attributes() + " bfloat16=" + std::to_string(rounded);
}

std::vector<TensorSpec> InBfloat16::outputs(std::span<const TensorSpec> inputs) const {
    std::vector<TensorSpec> specs = op->outputs(widened(inputs));
    for (std::size_t i = 0; i < specs.size(); ++i) {
        if ((rounded >> i & 1U) == 0) continue;
        if (specs[i].dtype != DType::float32) {
            throw ShapeError("rounds float32 to bfloat16; " + std::string(name_of(specs[i].dtype)) + " came");
        }
        specs[i].dtype = DType::bfloat16;
    }
    return specs;
}

Cost InBfloat16::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const double flops = op->cost(widened(inputs), widened(outputs)).flops;
    return {flops, is_view() ? 0.0 : moved_bytes(inputs, outputs)};
}

std::vector<TensorSpec> widened(std::span<const TensorSpec> specs) {
    std::vector<TensorSpec> wide(specs.begin(), specs.end());
    for (TensorSpec& spec : wide) {
        if (spec.dtype == DType::bfloat16) spec.dtype = DType::float32;
    }
    return wide;
}

}  // namespace markhor::ops
