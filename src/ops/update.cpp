// The rules of what changes variables: shapes only, for none has a gradient. Kernels are in engine/.
#include "ops/update.hpp"

#include "ops/check.hpp"

namespace markhor::ops {
namespace {

// Checks that all inputs but the last have the first one's shape and that the last is a scalar.
void check_step(std::span<const TensorSpec> inputs, std::string_view scalar) {
    check_floating(inputs);
    for (const TensorSpec& input : inputs.first(inputs.size() - 1)) {
        check_shape(input, inputs[0].shape, "a variable's slot or gradient");
    }
    check_shape(inputs.back(), {}, scalar);
}

}  // namespace

std::string MovingAverage::attributes() const { return "momentum=" + text(momentum); }

std::vector<TensorSpec> MovingAverage::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "a moving average and a value");
    check_floating(inputs);
    check_shape(inputs[1], inputs[0].shape, "the value");
    return {inputs[0]};
}

std::string SgdStep::attributes() const { return "momentum=" + text(momentum) + (nesterov ? " nesterov" : ""); }

std::vector<TensorSpec> SgdStep::outputs(std::span<const TensorSpec> inputs) const {
    if (momentum == 0) {
        check_count(inputs, 3, "a variable, its gradient and the learning rate");
        check_step(inputs, "the learning rate");
        return {inputs[0]};
    }
    check_count(inputs, 4, "a variable, its momentum, its gradient and the learning rate");
    check_step(inputs, "the learning rate");
    return {inputs[0], inputs[1]};
}

std::string AdamStep::attributes() const {
    return "beta_1=" + text(beta_1) + " beta_2=" + text(beta_2) + " epsilon=" + text(epsilon);
}

std::vector<TensorSpec> AdamStep::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 5, "a variable, its two moments, its gradient and alpha");
    check_step(inputs, "alpha");
    return {inputs[0], inputs[1], inputs[2]};
}

}  // namespace markhor::ops
