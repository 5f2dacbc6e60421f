// value_and_gradients(): a trainer of its own beside the model's, without an optimizer.
#include <markhor/gradients.hpp>

#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor {

ValueAndGradients::ValueAndGradients(const Model& model, const Losses& loss, const LossWeights& loss_weights)
    : model_(model), trainer_(std::make_unique<Trainer>(*model.model_base())) {
    trainer_->compile({.loss = loss, .loss_weights = loss_weights});
}

ValueAndGradients::~ValueAndGradients() = default;
ValueAndGradients::ValueAndGradients(ValueAndGradients&&) noexcept = default;
ValueAndGradients& ValueAndGradients::operator=(ValueAndGradients&&) noexcept = default;

LossAndGradients ValueAndGradients::operator()(const Tensors& x, const Tensors& y, const Tensors& sample_weight) const {
    return trainer_->value_and_gradients(x, y, sample_weight);
}

ValueAndGradients value_and_gradients(const Model& model, const Losses& loss, const LossWeights& loss_weights) {
    return {model, loss, loss_weights};
}

}  // namespace markhor
