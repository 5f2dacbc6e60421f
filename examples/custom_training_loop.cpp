// A training loop of one's own: gradients of a loss for the weights, changed on their way to the optimizer. Two classes
// of noisy images, bright on the left or on the right.
#include <cmath>
#include <cstdio>
#include <markhor/markhor.hpp>
#include <random>
namespace keras = markhor;
using namespace markhor::layers;

keras::Dataset stripes(std::int64_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> noise(0, 1);
    keras::Tensor x({count, 8, 8, 1}, keras::DType::float32);
    keras::Tensor y({count}, keras::DType::int32);
    auto pixel = x.data<float>().begin();
    for (int i = 0; i < count; ++i) {
        y.data<std::int32_t>()[static_cast<std::size_t>(i)] = i % 2;
        for (int k = 0; k < 64; ++k) *pixel++ = noise(random) + ((k % 8 < 4) == (i % 2 == 0) ? 1.0F : 0.0F);
    }
    return {x, y};
}

int main() {
    keras::set_random_seed(1);
    const auto image = keras::Input({8, 8, 1});
    auto x = Conv2D(8, {3, 3}, {.activation = "relu"})(image);
    x = Flatten()(x);
    const keras::Model model({.inputs = {image}, .outputs = {Dense(2)(x)}});
    const auto train = stripes(512, 1);
    const auto test = stripes(256, 2);

    // In Python: with tf.GradientTape() as tape: loss = loss_fn(y, model(x, training=True)); gradients =
    // tape.gradient(loss, model.trainable_weights); optimizer.apply(gradients, model.trainable_weights).
    keras::Optimizer optimizer = keras::optimizers::Adam({.learning_rate = 0.01});
    const auto loss = keras::losses::SparseCategoricalCrossentropy({.from_logits = true});
    const auto step = keras::value_and_gradients(model, loss);
    keras::Metric mean_loss = keras::metrics::Mean();
    keras::Metric accuracy = keras::metrics::SparseCategoricalAccuracy();
    std::mt19937 random(3);
    std::normal_distribution<float> noise(0, 1e-4F);
    for (int epoch = 0; epoch < 5; ++epoch) {
        mean_loss.reset_state();
        accuracy.reset_state();
        for (const keras::Batch& batch : train.batches({.batch_size = 32, .shuffle = true, .epoch = epoch})) {
            auto now = step(batch.x, batch.y);
            // What fit() does not do: noise on the gradients, smaller with each epoch (Neelakantan et al., 2015).
            for (keras::Tensor& gradient : now.gradients) {
                for (float& value : gradient.data<float>()) value += noise(random) / static_cast<float>(epoch + 1);
            }
            optimizer.apply(now.gradients, model.trainable_weights());
            mean_loss.update_values(now.loss);
            accuracy.update_state(batch.y, now.outputs[0]);
        }
        std::printf("epoch %d: loss %.3f, accuracy %.3f\n", epoch + 1, mean_loss.result(), accuracy.result());
    }

    accuracy.reset_state();
    for (const keras::Batch& batch : test.batches({.batch_size = 64})) {
        accuracy.update_state(batch.y, model.predict_on_batch(batch.x));
    }
    std::printf("test accuracy %.3f: %s\n", accuracy.result(), accuracy.result() > 0.9 ? "learnt" : "not learnt");
}
