#include "ops/op.hpp"

namespace markhor::ops {

std::vector<Value> Op::gradient(const GradientContext& /*context*/) const {
    throw Error("the operation " + std::string(name()) + " has no gradient");
}

Cost Op::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    return {.flops = 0, .bytes = moved_bytes(inputs, outputs)};
}

double Op::moved_bytes(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) {
    double bytes = 0;
    for (const TensorSpec& spec : inputs) bytes += static_cast<double>(spec.bytes());
    for (const TensorSpec& spec : outputs) bytes += static_cast<double>(spec.bytes());
    return bytes;
}

}  // namespace markhor::ops
