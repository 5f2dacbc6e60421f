// Circle loss (Sun et al., "Circle loss", 2020) of embeddings: each sample against the others of its batch, pairs of
// one class drawn together and pairs of two pushed apart. And the generalized cross-entropy (Zhang & Sabuncu, 2018),
// which forgives wrong labels.
#include <fmt/format.h>

#include <markhor/error.hpp>

#include "ops/comparison.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "training/loss.hpp"
#include "training/loss_ops.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Value;

// Stands for minus infinity, with gradients that stay numbers.
constexpr double out_of_mask = -1e30;

// The logarithm of the sum of exponentials of the `x` that the mask keeps, for each row.
Value log_sum_exp(Builder& b, Value x, Value mask) {
    const Value kept = ops::add(b, ops::multiply(b, x, mask), affine(b, mask, -out_of_mask, out_of_mask));
    const Value largest = ops::reduce(b, ops::Reduction::max, kept, {1}, true);
    const Value sum =
        sum_of_last_axis(b, ops::unary(b, ops::UnaryKind::exponential, ops::subtract(b, kept, largest)), true);
    return ops::reshape(b, ops::add(b, largest, log_of(b, sum)), {b.spec(x).shape[0]});
}

Tensor off_diagonal(std::int64_t size, DType dtype) {
    Tensor ones = Tensor::full({size, size}, 1);
    for (std::int64_t i = 0; i < size; ++i) ones.data<float>()[static_cast<std::size_t>(i * (size + 1))] = 0;
    return ones.cast(dtype);
}

class CircleLoss final : public LossBase {
public:
    explicit CircleLoss(const losses::CircleOptions& options = {})
        : LossBase("circle", {options.reduction, options.name}), options_(options) {}
    std::string_view class_name() const override { return "Circle"; }

protected:
    void describe_options(FieldVisitor& visitor) override {
        visitor.field("gamma", options_.gamma);
        visitor.field("margin", options_.margin);
        visitor.field("remove_diagonal", options_.remove_diagonal);
    }

    SampleLosses sample_losses(Builder& b, Value target, Value prediction) const override {
        const ops::TensorSpec spec = b.spec(prediction);
        const std::int64_t batch = spec.shape.rank() == 2 ? spec.shape[0] : -1;
        if (b.spec(target).shape.elements() != batch) {
            throw ShapeError("class numbers (batch,) for embeddings (batch, size) are wanted");
        }
        // As whole numbers, in the embeddings' type.
        target = as_type(b, as_type(b, target, DType::int32), spec.dtype);
        const Value column = ops::reshape(b, target, {batch, 1});
        Value same = ops::compare(b, ops::Comparison::equal, column, ops::reshape(b, target, {1, batch}));
        const Value different = affine(b, same, -1, 1);
        if (options_.remove_diagonal) same = ops::multiply(b, same, b.constant(off_diagonal(batch, spec.dtype)));

        const Value cosines = ops::matmul(b, prediction, prediction, {}, false, true);
        const Value distance = at_least(b, affine(b, cosines, -1, 1), 0);
        const double margin = options_.margin;
        const auto weighted = [&](double a, double optimum, double threshold, Value mask) {
            // gamma [a d + optimum]+ (threshold - d), of the pairs that the mask keeps
            const Value weights = at_least(b, ops::multiply(b, affine(b, distance, a, optimum), mask), 0);
            return affine(b, ops::multiply(b, weights, affine(b, distance, -1, threshold)), -a * options_.gamma);
        };
        const Value attract = log_sum_exp(b, weighted(1, margin, margin, same), same);
        const Value repel = log_sum_exp(b, weighted(-1, 1 + margin, 1 - margin, different), different);
        const Value values = ops::unary(b, ops::UnaryKind::softplus, ops::add(b, attract, repel));
        return {values, ops::compare(b, ops::Comparison::greater, values, 0)};
    }

private:
    losses::CircleOptions options_;
};

class GeneralizedCrossEntropy final : public LossBase {
public:
    explicit GeneralizedCrossEntropy(const losses::GeneralizedCrossEntropyOptions& options = {})
        : LossBase("categorical_generalized_cross_entropy", {options.reduction, options.name}), q_(options.q) {}
    std::string_view class_name() const override { return "CategoricalGeneralizedCrossEntropy"; }

protected:
    void describe_options(FieldVisitor& visitor) override { visitor.field("q", q_); }
    void check_options() const override {
        if (!(q_ > 0 && q_ < 1))
            throw ValueError(name() + ": q is " + fmt::format("{}", q_) + "; a number between 0 and 1 is wanted");
    }

    // (1 - p^q) / q of the target's class
    SampleLosses sample_losses(Builder& b, Value target, Value prediction) const override {
        const Value p = ops::pick_last(b, prediction, as_type(b, target, DType::int32));
        return {affine(b, ops::power(b, p, q_), -1 / q_, 1 / q_)};
    }

private:
    double q_;
};

const RegisterLoss<CircleLoss> registered_circle({"Circle", "circle"});
const RegisterLoss<GeneralizedCrossEntropy> registered_generalized({"CategoricalGeneralizedCrossEntropy"});

}  // namespace

namespace losses {

Loss Circle(const CircleOptions& options) { return make_loss<CircleLoss>(options); }
Loss CategoricalGeneralizedCrossEntropy(const GeneralizedCrossEntropyOptions& options) {
    return make_loss<GeneralizedCrossEntropy>(options);
}

}  // namespace losses
}  // namespace markhor
