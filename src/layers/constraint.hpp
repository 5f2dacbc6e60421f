// The inside of a constraint (keras.constraints): what a weight is made to be after each optimizer step.
#pragma once

#include "ops/op.hpp"

namespace markhor {

class ConstraintBase {
public:
    ConstraintBase() = default;
    ConstraintBase(const ConstraintBase&) = delete;
    ConstraintBase& operator=(const ConstraintBase&) = delete;
    virtual ~ConstraintBase() = default;

    /// The nearest value that fulfils the constraint, of the weight's shape.
    virtual ops::Value lower(ops::Builder& builder, ops::Value weight) const = 0;
};

}  // namespace markhor
