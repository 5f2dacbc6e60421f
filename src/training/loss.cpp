// What all losses share, and their names.
#include "training/loss.hpp"

#include <string>
#include <vector>

#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"
#include "ops/shape_ops.hpp"
#include "ops/softmax.hpp"
#include "training/names.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Value;

Shape with_last_axis_of_one(Shape shape) {
    shape.push_back(1);
    return shape;
}

Shape without_last_axis(const Shape& shape) {
    return Shape(std::vector<std::int64_t>(shape.begin(), shape.end() - 1));
}

// Keras's squeeze_or_expand_to_same_rank: targets (batch,) meet predictions (batch, 1), and the like.
void match_ranks(Builder& builder, Value& target, Value& prediction) {
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
    one_longer(prediction, target);
    one_longer(target, prediction);
}

const std::vector<Named<Loss>>& known_losses() {
    using namespace losses;
    static const std::vector<Named<Loss>> known = {
        {{"sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"},
         [] { return SparseCategoricalCrossentropy(); }},
        {{"categorical_crossentropy", "CategoricalCrossentropy"}, [] { return CategoricalCrossentropy(); }},
        {{"binary_crossentropy", "BinaryCrossentropy", "bce", "BCE"}, [] { return BinaryCrossentropy(); }},
        {{"mean_squared_error", "MeanSquaredError", "mse", "MSE"}, [] { return MeanSquaredError(); }},
    };
    return known;
}

}  // namespace

Value LossBase::lower(Builder& builder, Value target, Value prediction) const {
    const Shape target_shape = builder.spec(target).shape;
    const Shape prediction_shape = builder.spec(prediction).shape;
    try {
        match_ranks(builder, target, prediction);
        return ops::reduce_all(builder, ops::Reduction::mean, sample_losses(builder, target, prediction));
    } catch (const ShapeError& error) {
        throw ShapeError(std::string(name()) + " got targets of shape " + target_shape.str() + " for predictions of shape " +
                         prediction_shape.str() + ": " + error.what());
    }
}

void LossBase::check_targets(const Tensor& /*targets*/, const Shape& /*prediction*/,
                             std::span<const std::int64_t> /*items*/) const {}

Value mean_of_last_axis(Builder& builder, Value losses) {
    const int last = static_cast<int>(builder.spec(losses).shape.rank()) - 1;
    return ops::reduce(builder, ops::Reduction::mean, losses, {last});
}

Value recover_logits(const Builder& builder, Value prediction) {
    const ops::Op& producer = builder.producer(prediction);
    const auto* softmax = ops::as<ops::Softmax>(producer);
    const auto* unary = ops::as<ops::Unary>(producer);
    const bool is_softmax = softmax != nullptr && !softmax->log;
    const bool is_sigmoid = unary != nullptr && unary->kind == ops::UnaryKind::sigmoid;
    return is_softmax || is_sigmoid ? builder.producer_inputs(prediction)[0] : Value{};
}

Loss::Loss(const std::string& name) : Loss(make_named(known_losses(), name, "loss")) {}
Loss::Loss(const char* name) : Loss(std::string(name)) {}

}  // namespace markhor
