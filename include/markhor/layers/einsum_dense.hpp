// EinsumDense, the fully connected layer along the axes that an equation names.
#pragma once

#include <markhor/activation_function.hpp>
#include <markhor/constraints.hpp>
#include <markhor/initializers.hpp>
#include <markhor/layer.hpp>
#include <markhor/options.hpp>
#include <markhor/regularizers.hpp>
#include <optional>
#include <string>

namespace markhor::layers {

struct EinsumDenseOptions {
    ActivationFunction activation = "linear";
    std::optional<std::string> bias_axes = std::nullopt;  ///< letters of the output that the bias has; none: no bias
    Initializer kernel_initializer = "glorot_uniform";
    Initializer bias_initializer = "zeros";
    Regularizer kernel_regularizer = {};
    Regularizer bias_regularizer = {};
    Regularizer activity_regularizer = {};
    Constraint kernel_constraint = {};
    Constraint bias_constraint = {};
    bool trainable = true;
    std::string name = {};
};

/// activation(einsum(equation, x, kernel) + bias): EinsumDense("abc,cd->abd", {None, 64}) makes (batch, b, 64) of
/// (batch, b, c). The equation is "[X],[Y]->[Z]", "...[X],[Y]->...[Z]" or "[X]...,[Y]->[Z]..."; output_shape has the
/// sizes of the output without the batch axis and without those of the dots, None where the input has them. Weights:
/// kernel (of the sizes that [Y] names), bias (from the first of bias_axes on, 1 along the others). Throws ValueError
/// for an equation of another form, a letter twice in one part, a letter of [X] that neither [Y] nor [Z] has or one of
/// [Y] or [Z] that nothing else has; ShapeError, when called, for an input or output_shape that does not fit it.
/// https://keras.io/api/layers/core_layers/einsum_dense/
class EinsumDense : public Layer {
public:
    EinsumDense(const std::string& equation, Ints output_shape, const EinsumDenseOptions& options = {});
};

}  // namespace markhor::layers
