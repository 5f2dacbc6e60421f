// Training loops of one's own: the gradients are the loss's slopes, and a step with them is fit()'s step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <markhor/markhor.hpp>

#include "core/random.hpp"
#include "support/error_of.hpp"

namespace markhor {
namespace {

using namespace layers;
using testing::HasSubstr;

Tensor noise(const Shape& shape, std::uint64_t seed) {
    Random random(seed);
    Tensor values(shape, DType::float32);
    for (float& value : values.data<float>()) value = static_cast<float>(random.uniform() * 2 - 1);
    return values;
}

/// With all that training mode changes: dropout, batch statistics, a regularizer.
Model gradient_network(double dropout = 0.3) {
    clear_session();
    set_random_seed(5);
    const SymbolicTensor input = Input({6});
    SymbolicTensor x = Dense(8, {.activation = "tanh", .kernel_regularizer = "l2"})(input);
    x = BatchNormalization()(x);
    x = Dropout(dropout)(x);
    return Model({.inputs = {input}, .outputs = {Dense(1)(x)}});
}

std::vector<float> weights_of(const Model& model) {
    std::vector<float> all;
    for (const Tensor& weight : model.get_weights())
        all.insert(all.end(), weight.data<float>().begin(), weight.data<float>().end());
    return all;
}

TEST(ValueAndGradients, AreTheSlopesOfTheLoss) {
    const Model model = gradient_network(0);
    const Tensor x = noise({10, 6}, 1);
    const Tensor y = noise({10, 1}, 2);
    const Tensor weights = noise({10}, 3);
    const auto step = value_and_gradients(model, "mse");
    const LossAndGradients now = step(x, y, weights);
    ASSERT_EQ(now.gradients.size(), model.trainable_weights().size());
    for (std::size_t w = 0; w < now.gradients.size(); ++w) {
        const VariablePtr weight = model.trainable_weights()[w];
        ASSERT_EQ(now.gradients[w].shape(), weight->value.shape());
        const auto set = [&](float value) { weight->value.data<float>()[0] = value; };
        const float before = weight->value.data<float>()[0];
        constexpr float by = 1e-2F;
        set(before + by);
        const double above = step(x, y, weights).loss;
        set(before - by);
        const double below = step(x, y, weights).loss;
        set(before);
        EXPECT_NEAR(now.gradients[w].data<float>()[0], (above - below) / (2 * static_cast<double>(by)), 2e-3)
            << weight->path;
    }
    EXPECT_EQ(now.outputs[0].shape(), Shape({10, 1}));
}

TEST(ValueAndGradients, AppliedAreTrainOnBatch) {
    for (const bool accumulated : {false, true}) {
        const auto optimizer = [&] {
            optimizers::AdamOptions options{.learning_rate = 0.02, .weight_decay = 0.01, .global_clipnorm = 0.5};
            if (accumulated) options.gradient_accumulation_steps = 3;
            return optimizers::Adam(options);
        };
        Model fitted = gradient_network();
        fitted.compile({.optimizer = optimizer(), .loss = "mae"});
        const Model looped = gradient_network();
        Optimizer own = optimizer();
        const auto step = value_and_gradients(looped, "mae");
        for (std::uint64_t i = 0; i < 7; ++i) {
            const Tensor x = noise({i == 6 ? 3 : 10, 6}, i);
            const Tensor y = noise({i == 6 ? 3 : 10, 1}, 100 + i);
            const Logs logs = fitted.train_on_batch(x, y);
            const LossAndGradients now = step(x, y);
            own.apply(now.gradients, looped.trainable_weights());
            EXPECT_NEAR(logs.at("loss"), now.loss, 1e-6);
        }
        EXPECT_EQ(own.iterations(), 7);
        const std::vector<float> a = weights_of(fitted);
        const std::vector<float> b = weights_of(looped);
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
    }
}

TEST(ValueAndGradients, AreOfTheWeightsThatAreTrainedNow) {
    Model model = gradient_network();
    const auto step = value_and_gradients(model, "mse");
    const Tensor x = noise({4, 6}, 1);
    const Tensor y = noise({4, 1}, 2);
    EXPECT_EQ(step(x, y).gradients.size(), 6U);
    model.get_layer("dense").set_trainable(false);
    EXPECT_EQ(step(x, y).gradients.size(), 4U);
}

TEST(ValueAndGradients, RefuseWhatDoesNotFitAndChangeNothing) {
    const Model model = gradient_network();
    const Tensor x = noise({4, 6}, 1);
    const auto step = value_and_gradients(model, "mse");
    EXPECT_THAT(test::error_of([&] {
                    step(noise({4, 5}, 1), noise({4, 1}, 2));
                }),
                HasSubstr("value_and_gradients(): an example has the shape (5,)"));
    std::vector<Tensor> gradients = step(x, noise({4, 1}, 2)).gradients;
    const std::vector<float> before = weights_of(model);
    Optimizer optimizer = "sgd";
    gradients[2] = noise({7}, 1);
    EXPECT_EQ(test::error_of([&] { optimizer.apply(gradients, model.trainable_weights()); }),
              "SGD: apply(): the gradient of batch_normalization/gamma is float32 (7,); float32 (8,) is wanted");
    gradients.pop_back();
    EXPECT_EQ(test::error_of([&] { optimizer.apply(gradients, model.trainable_weights()); }),
              "SGD: apply(): 5 gradients came for 6 weights; one each is wanted");
    EXPECT_EQ(weights_of(model), before);
    EXPECT_EQ(optimizer.iterations(), 0);
}

}  // namespace
}  // namespace markhor
