// Training loops of one's own: a loss and its gradients for a model's weights, to be given to an optimizer.
//
//     auto step = value_and_gradients(model, "sparse_categorical_crossentropy");
//     for (const Batch& batch : train.batches({.batch_size = 32, .shuffle = true, .epoch = epoch})) {
//         const LossAndGradients now = step(batch.x, batch.y);
//         optimizer.apply(now.gradients, model.trainable_weights());
//     }
#pragma once

#include <markhor/model.hpp>
#include <memory>
#include <vector>

namespace markhor {

class Trainer;  // src/model/trainer.hpp

struct LossAndGradients {
    double loss = 0;                     ///< of the batch, with what layers add to it (regularizers)
    std::vector<Tensor> outputs = {};    ///< what the model said, in training mode
    std::vector<Tensor> gradients = {};  ///< one for each of model.trainable_weights(), of its shape
};

/// What value_and_gradients() returns: a function of batches. It runs the model in training mode: dropout drops,
/// BatchNormalization normalises by the batch and moves its averages. Which weights are trained is asked at each call.
/// Plans are kept for each size of batch. Not for several threads at once.
class ValueAndGradients {
public:
    ValueAndGradients(const Model& model, const Losses& loss, const LossWeights& loss_weights);
    ~ValueAndGradients();
    ValueAndGradients(ValueAndGradients&&) noexcept;
    ValueAndGradients& operator=(ValueAndGradients&&) noexcept;

    /// x and y as fit() takes them, a whole batch. Throws what train_on_batch() throws.
    LossAndGradients operator()(const Tensors& x, const Tensors& y, const Tensors& sample_weight = {}) const;

private:
    Model model_;
    std::unique_ptr<Trainer> trainer_;
};

/// As jax.value_and_grad, or TensorFlow's GradientTape around a call of the model and its loss; the model need not be
/// compiled. Of a model with several outputs, one loss each, as in compile().
ValueAndGradients value_and_gradients(const Model& model, const Losses& loss, const LossWeights& loss_weights = {});

}  // namespace markhor
