#include "training/loss_ops.hpp"

#include <fmt/format.h>

#include <limits>
#include <markhor/error.hpp>
#include <vector>

#include "ops/comparison.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::UnaryKind;
using ops::Value;

int last_axis(const Builder& builder, Value x) { return static_cast<int>(builder.spec(x).shape.rank()) - 1; }

}  // namespace

Value as_type(Builder& builder, Value value, DType dtype) {
    return builder.spec(value).dtype == dtype ? value : ops::cast(builder, value, dtype);
}

Value affine(Builder& builder, Value x, double a, double b) { return ops::unary(builder, UnaryKind::scale, x, a, b); }

Value clip(Builder& builder, Value x, double low, double high) {
    return ops::unary(builder, UnaryKind::clip, x, low, high);
}

Value at_least(Builder& builder, Value x, double low) {
    return clip(builder, x, low, std::numeric_limits<double>::infinity());
}

Value log_of(Builder& builder, Value x) { return ops::unary(builder, UnaryKind::log, x); }

Value square(Builder& builder, Value x) { return ops::unary(builder, UnaryKind::square, x); }

Value absolute(Builder& builder, Value x) { return ops::unary(builder, UnaryKind::absolute, x); }

Value sum_of_last_axis(Builder& builder, Value x, bool keepdims) {
    return ops::reduce(builder, ops::Reduction::sum, x, {last_axis(builder, x)}, keepdims);
}

Value mean_of_last_axis(Builder& builder, Value x) {
    return ops::reduce(builder, ops::Reduction::mean, x, {last_axis(builder, x)});
}

Value with_axis_last(Builder& builder, Value x, std::int64_t axis) {
    const Shape shape = builder.spec(x).shape;
    shape.dim(axis);  // throws where there is none
    const int rank = static_cast<int>(shape.rank());
    const int moved = static_cast<int>(axis) + (axis < 0 ? rank : 0);
    if (moved == rank - 1) return x;
    std::vector<int> order;
    for (int i = 0; i < rank; ++i) {
        if (i != moved) order.push_back(i);
    }
    order.push_back(moved);
    return ops::transpose(builder, x, order);
}

Value divide_no_nan(Builder& builder, Value x, Value divisor) {
    const Value zero = ops::compare(builder, ops::Comparison::equal, divisor, 0);
    const Value quotient = ops::divide(builder, x, ops::add(builder, divisor, zero));
    return ops::multiply(builder, quotient, affine(builder, zero, -1, 1));
}

void check_smoothing(const std::string& name, double smoothing) {
    if (smoothing >= 0 && smoothing <= 1) return;
    throw ValueError(name + ": label_smoothing is " + fmt::format("{}", smoothing) + "; a number in [0, 1] is wanted");
}

Value smoothed(Builder& builder, Value target, double smoothing, double classes) {
    return smoothing == 0 ? target : affine(builder, target, 1 - smoothing, smoothing / classes);
}

Value binary_target(Builder& builder, Value target, Value prediction, double smoothing) {
    if (builder.spec(target).shape != builder.spec(prediction).shape)
        throw ShapeError("one target an output is wanted");
    return smoothed(builder, as_type(builder, target, builder.spec(prediction).dtype), smoothing, 2);
}

Value binary_crossentropy(Builder& builder, Value target, Value prediction) {
    const Value p = clip(builder, prediction, fuzz, 1.0 - fuzz);
    const Value hit = ops::multiply(builder, target, log_of(builder, p));
    const Value miss =
        ops::multiply(builder, affine(builder, target, -1, 1), log_of(builder, affine(builder, p, -1, 1)));
    return affine(builder, ops::add(builder, hit, miss), -1);
}

}  // namespace markhor
