// What all losses share: equal ranks, weights, masks and reduction as Keras has them, and the table of names.
#include "training/loss.hpp"

#include <algorithm>
#include <array>
#include <markhor/error.hpp>

#include "layers/finite_fields.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Value;

constexpr std::array reductions = {"sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"};

Shape with_last_axis_of_one(Shape shape) {
    shape.push_back(1);
    return shape;
}

Shape without_last_axis(const Shape& shape) { return Shape(std::vector<std::int64_t>(shape.begin(), shape.end() - 1)); }

// Keras's squeeze_or_expand_to_same_rank: (batch,) meets (batch, 1), and the like.
void match_ranks(Builder& builder, Value& a, Value& b) {
    const auto one_longer = [&](Value& longer, Value& shorter) {
        const Shape long_shape = builder.spec(longer).shape;
        const Shape short_shape = builder.spec(shorter).shape;
        if (long_shape.rank() != short_shape.rank() + 1 || long_shape.back() != 1) return;
        if (short_shape.rank() == 1) {
            shorter = ops::reshape(builder, shorter, with_last_axis_of_one(short_shape));
        } else {
            longer = ops::reshape(builder, longer, without_last_axis(long_shape));
        }
    };
    one_longer(b, a);
    one_longer(a, b);
}

double count_of(const Builder& builder, Value value) {
    return static_cast<double>(builder.spec(value).shape.elements());
}

Value sum_all(Builder& builder, Value value) {
    return builder.spec(value).shape.rank() == 0 ? value : ops::reduce_all(builder, ops::Reduction::sum, value);
}

// The mask as weights. Where the sum will be divided by the count of all samples, those that count weigh as much more.
Value weights_of_mask(Builder& builder, Value mask, bool divided_by_count) {
    if (!divided_by_count) return mask;
    const Value some = divide_no_nan(builder, affine(builder, sum_all(builder, mask), 0, count_of(builder, mask)),
                                     sum_all(builder, mask));
    return ops::multiply(builder, mask, some);
}

// `weights` times `values`, both of equal rank afterwards where one lacked one axis of size 1.
void apply_weights(Builder& builder, Value& values, Value& weights) {
    const Shape shape = builder.spec(values).shape;
    const Shape weights_shape = builder.spec(weights).shape;
    weights = as_type(builder, weights, builder.spec(values).dtype);
    match_ranks(builder, values, weights);
    try {
        values = ops::multiply(builder, values, weights);
    } catch (const ShapeError&) {
        throw ShapeError("got sample weights of shape " + weights_shape.str() + " for losses of shape " + shape.str() +
                         "; expected that shape, or one that NumPy's rules spread over it");
    }
}

}  // namespace

LossBase::LossBase(std::string_view name, const losses::LossOptions& options)
    : name_(options.name.empty() ? name : options.name), reduction_(options.reduction) {}

void LossBase::describe(FieldVisitor& visitor) {
    visitor.field("name", name_);
    visitor.field("reduction", reduction_);
    describe_options(visitor);
}

void LossBase::check() const {
    if (reduction_ && std::ranges::find(reductions, *reduction_) == reductions.end()) {
        throw ValueError(name_ + ": reduction is \"" + *reduction_ +
                         "\"; sum_over_batch_size, sum, mean, mean_with_sample_weight or none is wanted");
    }
    check_options();
}

void check_arguments(LossBase& loss) {
    check_finite_fields(loss.name() + ": ", loss);
    loss.check();
}

SampleLosses LossBase::unreduced(Builder& builder, Value target, Value prediction) const {
    const Shape target_shape = builder.spec(target).shape;
    const Shape prediction_shape = builder.spec(prediction).shape;
    try {
        match_ranks(builder, target, prediction);
        return sample_losses(builder, target, prediction);
    } catch (const ShapeError& error) {
        throw ShapeError(name_ + " got targets of shape " + target_shape.str() + " for predictions of shape " +
                         prediction_shape.str() + ": " + error.what());
    }
}

Value LossBase::lower(Builder& builder, Value target, Value prediction, Value sample_weight) const {
    const std::string reduction = reduction_.value_or("none");
    const bool divided_by_count = reduction == "sum_over_batch_size" || reduction == "mean";
    auto [values, mask] = unreduced(builder, target, prediction);
    Value weights = sample_weight;
    if (mask) {
        Value mask_weights = weights_of_mask(builder, mask, divided_by_count);
        if (weights) {
            apply_weights(builder, mask_weights, weights);
        }
        weights = mask_weights;
    }
    try {
        if (weights) apply_weights(builder, values, weights);
    } catch (const ShapeError& error) {
        throw ShapeError(name_ + ": " + error.what());
    }
    if (reduction == "none" || builder.spec(values).shape.rank() == 0) return values;
    const Value sum = sum_all(builder, values);
    if (reduction == "sum") return sum;
    if (reduction == "mean_with_sample_weight" && weights) {
        return divide_no_nan(builder, sum, sum_all(builder, weights));
    }
    return ops::reduce_all(builder, ops::Reduction::mean, values);
}

void LossBase::check_targets(const Tensor& /*targets*/, const Shape& /*prediction*/,
                             std::span<const std::int64_t> /*items*/) const {}

Registry<LossBase>& loss_registry() {
    static Registry<LossBase> registry("loss");
    return registry;
}

Value recover_logits(const Builder& builder, Value prediction) {
    const ops::Op& producer = builder.producer(prediction);
    const auto* softmax = ops::as<ops::Softmax>(producer);
    const auto* unary = ops::as<ops::Unary>(producer);
    const bool is_softmax = softmax != nullptr && !softmax->log;
    const bool is_sigmoid = unary != nullptr && unary->kind == ops::UnaryKind::sigmoid;
    if (is_softmax || is_sigmoid) return builder.producer_inputs(prediction)[0];
    // A softmax along another axis is one along the last between two swaps of axes.
    const auto* back = ops::as<ops::Transpose>(producer);
    if (back == nullptr) return {};
    const Value inner = builder.producer_inputs(prediction)[0];
    const auto* inner_softmax = ops::as<ops::Softmax>(builder.producer(inner));
    if (inner_softmax == nullptr || inner_softmax->log) return {};
    const Value swapped = builder.producer_inputs(inner)[0];
    const auto* there = ops::as<ops::Transpose>(builder.producer(swapped));
    const bool undone = there != nullptr && there->permutation == back->permutation;
    return undone ? builder.producer_inputs(swapped)[0] : Value{};
}

Loss::Loss(const std::string& name) : identifier_(name), base_(loss_registry().make(name)) {}
Loss::Loss(const char* name) : Loss(std::string(name)) {}

}  // namespace markhor
