// Weights and inputs that conformance/record_zoo_outputs.py computes in the same way, so that neither is stored.
#pragma once

#include <cstdint>
#include <markhor/model.hpp>
#include <string>

namespace markhor::applications::test {

/// Sets every weight: kernels uniform about 0 so that sums over what they see keep the variance, times `gain`; scales
/// and variances about 1, biases and means about 0.
void set_weights_by_rule(const Model& model, double gain);

/// (2, side, side, 3), squares of 8x8 pixels of one colour each, in [-1, 1), or in [0, 255) for `pixels`.
Tensor input_by_rule(std::int64_t side, bool pixels);

}  // namespace markhor::applications::test
