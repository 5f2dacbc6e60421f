// The inside of a constraint (keras.constraints): what a weight is made to be after each optimizer step.
#pragma once

#include <string_view>

#include "layers/fields.hpp"
#include "ops/op.hpp"

namespace markhor {

class ConstraintBase {
public:
    ConstraintBase() = default;
    ConstraintBase(const ConstraintBase&) = delete;
    ConstraintBase& operator=(const ConstraintBase&) = delete;
    virtual ~ConstraintBase() = default;

    virtual std::string_view class_name() const = 0;
    /// The table of its arguments.
    virtual void describe(FieldVisitor& visitor) = 0;
    /// Throws ValueError for arguments out of range.
    virtual void check() const {}
    /// Throws ShapeError for a weight that it cannot take.
    virtual void check_weight(const Shape& /*shape*/) const {}
    /// The nearest value that fulfils the constraint, of the weight's shape.
    virtual ops::Value lower(ops::Builder& builder, ops::Value weight) const = 0;
};

}  // namespace markhor
