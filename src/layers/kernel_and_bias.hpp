// The options that layers of a kernel and a bias have in common.
#pragma once

#include <markhor/regularizers.hpp>

#include "layers/fields.hpp"

namespace markhor::layers {

/// Those options in Keras's order; without an activity regularizer where `activity` is null.
template <class Options>
void describe_kernel_and_bias(FieldVisitor& visitor, Options& options, Regularizer* activity) {
    visitor.field("kernel_initializer", options.kernel_initializer);
    visitor.field("bias_initializer", options.bias_initializer);
    visitor.field("kernel_regularizer", options.kernel_regularizer);
    visitor.field("bias_regularizer", options.bias_regularizer);
    if (activity != nullptr) visitor.field("activity_regularizer", *activity);
    visitor.field("kernel_constraint", options.kernel_constraint);
    visitor.field("bias_constraint", options.bias_constraint);
}

}  // namespace markhor::layers
