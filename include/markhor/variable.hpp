// A weight: a tensor that outlives the runs of the graphs that read and update it.
#pragma once

#include <memory>
#include <string>

#include <markhor/tensor.hpp>

namespace markhor {

class ConstraintBase;  // src/layers/constraint.hpp

/// A named tensor owned by a layer or an optimizer. `trainable` is whether the layer made it to be trained; whether it
/// is now depends on the layer's own `trainable` too.
struct Variable {
    std::string name;  ///< Keras's short name: "kernel", "gamma", "moving_mean".
    std::string path;  ///< With its layer: "conv2d/kernel".
    Tensor value;
    bool trainable = true;
    std::shared_ptr<const ConstraintBase> constraint = nullptr;  ///< applied to the value after each optimizer step
};

using VariablePtr = std::shared_ptr<Variable>;

}  // namespace markhor
