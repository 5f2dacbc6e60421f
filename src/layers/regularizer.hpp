// The inside of a regularizer (keras.regularizers): the scalar that it makes of a weight or an activity.
#pragma once

#include <string_view>

#include "layers/fields.hpp"
#include "ops/op.hpp"

namespace markhor {

class RegularizerBase {
public:
    RegularizerBase() = default;
    RegularizerBase(const RegularizerBase&) = delete;
    RegularizerBase& operator=(const RegularizerBase&) = delete;
    virtual ~RegularizerBase() = default;

    virtual std::string_view class_name() const = 0;
    /// The table of its arguments.
    virtual void describe(FieldVisitor& visitor) = 0;
    /// Throws ValueError for arguments out of range.
    virtual void check() const = 0;
    /// The penalty, a scalar. Throws ShapeError for a shape that it cannot take.
    virtual ops::Value lower(ops::Builder& builder, ops::Value x) const = 0;
};

}  // namespace markhor
