// Which types layers compute in: Keras's dtype policies.
#pragma once

#include <string>

#include <markhor/layer.hpp>

namespace markhor {

/// The policy that layers made from now on get, as keras.config.set_dtype_policy (keras.mixed_precision
/// .set_global_policy) does. "float32" (default), or "mixed_bfloat16": a layer's inputs, weights and outputs are
/// rounded to bfloat16 (8 bits of precision, float32's range) and sums, statistics, losses, gradients of weights and
/// the weights themselves stay in float32. So results carry errors of about 2^-9 a layer, memory traffic halves, and on
/// processors with bfloat16 instructions (AVX512_BF16, AMX) convolutions and dense layers are faster;
/// without them nothing is, which is said once. No scaling of the loss is needed. Throws ValueError for another policy.
void set_global_policy(const std::string& policy);
std::string global_policy();

/// The same layer with a policy of its own, as Keras's argument dtype gives it: with_dtype(Dense(10), "float32") for a
/// last layer whose results are not to be rounded. To be given before a model is compiled. Throws ValueError as above.
Layer with_dtype(Layer layer, const std::string& policy);

}  // namespace markhor
