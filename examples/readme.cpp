// The README's first program: ten lines of Keras, in C++.
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;
using markhor::optimizers::Adam;

int main() {
    const auto [train, test] = keras::data::fashion_mnist();
    auto model = keras::Sequential({
        keras::Input({28, 28, 1}),
        Conv2D(32, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}),
        BatchNormalization(),
        Conv2D(64, {3, 3}, {.activation = "relu"}),
        GlobalAveragePooling2D(),
        Dropout(0.3),
        Dense(10, {.activation = "softmax"}),
    });
    model.summary();
    model.compile({.optimizer = Adam({.learning_rate = 1e-3}),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
    auto history = model.fit(train, {.batch_size = 128, .epochs = 3, .validation_data = test});
    model.save("fashion.keras");  // opens in Keras, too
}
