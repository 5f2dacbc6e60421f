#include "layers/constraint.hpp"

#include <limits>
#include <markhor/constraints.hpp>
#include <markhor/error.hpp>

#include "core/registry.hpp"
#include "layers/arguments.hpp"
#include "layers/finite_fields.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::UnaryKind;
using ops::Value;

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

/// w f(norm) / (epsilon + norm), where the norm is taken along some axes.
class NormConstraint : public ConstraintBase {
public:
    explicit NormConstraint(Ints axis) : axis_(std::move(axis)) {}

    void check_weight(const Shape& shape) const override { layers::axes_in(shape, axis_); }

    Value lower(Builder& builder, Value weight) const override {
        const Value squares = ops::unary(builder, UnaryKind::square, weight);
        const Value sums = ops::reduce(builder, ops::Reduction::sum, squares,
                                       layers::axes_in(builder.spec(weight).shape, axis_), true);
        const Value norms = ops::unary(builder, UnaryKind::sqrt, sums);
        const Value divisor = ops::unary(builder, UnaryKind::scale, norms, 1, epsilon);
        const Value factor = desired(builder, norms);
        return ops::multiply(
            builder, weight,
            factor ? ops::divide(builder, factor, divisor) : ops::unary(builder, UnaryKind::reciprocal, divisor));
    }

protected:
    /// f(norm); invalid where that is 1.
    virtual Value desired(Builder& builder, Value norms) const = 0;

    Ints axis_;
};

class MaxNormConstraint final : public NormConstraint {
public:
    explicit MaxNormConstraint(const constraints::MaxNormOptions& options = {})
        : NormConstraint(options.axis), max_value_(options.max_value) {}
    std::string_view class_name() const override { return "MaxNorm"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("max_value", max_value_);
        visitor.one_or_more("axis", axis_);
    }
    void check() const override { layers::check_at_least("max_value", max_value_, 0.0); }

protected:
    Value desired(Builder& builder, Value norms) const override {
        return ops::unary(builder, UnaryKind::clip, norms, 0, max_value_);
    }

private:
    double max_value_;
};

class UnitNormConstraint final : public NormConstraint {
public:
    explicit UnitNormConstraint(const Ints& axis = 0) : NormConstraint(axis) {}
    std::string_view class_name() const override { return "UnitNorm"; }
    void describe(FieldVisitor& visitor) override { visitor.one_or_more("axis", axis_); }

protected:
    Value desired(Builder& /*builder*/, Value /*norms*/) const override { return {}; }
};

class MinMaxNormConstraint final : public NormConstraint {
public:
    explicit MinMaxNormConstraint(const constraints::MinMaxNormOptions& options = {})
        : NormConstraint(options.axis),
          min_value_(options.min_value),
          max_value_(options.max_value),
          rate_(options.rate) {}
    std::string_view class_name() const override { return "MinMaxNorm"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("min_value", min_value_);
        visitor.field("max_value", max_value_);
        visitor.field("rate", rate_);
        visitor.one_or_more("axis", axis_);
    }
    void check() const override {
        layers::check_at_least("min_value", min_value_, 0.0);
        layers::check_at_least("max_value", max_value_, min_value_);
        layers::check_at_least("rate", rate_, 0.0);
    }

protected:
    Value desired(Builder& builder, Value norms) const override {
        const Value inside = ops::unary(builder, UnaryKind::clip, norms, min_value_, max_value_);
        if (rate_ == 1) return inside;
        return ops::add(builder, ops::unary(builder, UnaryKind::scale, inside, rate_),
                        ops::unary(builder, UnaryKind::scale, norms, 1 - rate_));
    }

private:
    double min_value_;
    double max_value_;
    double rate_;
};

class NonNegConstraint final : public ConstraintBase {
public:
    std::string_view class_name() const override { return "NonNeg"; }
    void describe(FieldVisitor& /*visitor*/) override {}
    Value lower(Builder& builder, Value weight) const override {
        return ops::unary(builder, UnaryKind::clip, weight, 0, std::numeric_limits<double>::infinity());
    }
};

const Registry<ConstraintBase>& known() {
    static const Registry<ConstraintBase> registry = [] {
        Registry<ConstraintBase> made("constraint");
        made.add({"MaxNorm", "max_norm"}, [] { return std::make_shared<MaxNormConstraint>(); });
        made.add({"NonNeg", "non_neg"}, [] { return std::make_shared<NonNegConstraint>(); });
        made.add({"UnitNorm", "unit_norm"}, [] { return std::make_shared<UnitNormConstraint>(); });
        made.add({"MinMaxNorm", "min_max_norm"}, [] { return std::make_shared<MinMaxNormConstraint>(); });
        return made;
    }();
    return registry;
}

}  // namespace

Constraint::Constraint(const char* name) : Constraint(std::string(name)) {}
Constraint::Constraint(const std::string& name) : base_(known().make(name)) {}
Constraint::Constraint(std::shared_ptr<ConstraintBase> base) : base_(std::move(base)) {
    if (!base_) return;
    check_finite_fields(std::string(base_->class_name()) + ": ", *base_);
    base_->check();
}

namespace constraints {

Constraint MaxNorm(const MaxNormOptions& options) { return Constraint(std::make_shared<MaxNormConstraint>(options)); }
Constraint NonNeg() { return Constraint(std::make_shared<NonNegConstraint>()); }
Constraint UnitNorm(const Ints& axis) { return Constraint(std::make_shared<UnitNormConstraint>(axis)); }
Constraint MinMaxNorm(const MinMaxNormOptions& options) {
    return Constraint(std::make_shared<MinMaxNormConstraint>(options));
}

}  // namespace constraints
}  // namespace markhor
