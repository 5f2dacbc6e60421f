// What docs/FROM_KERAS.md shows, as one program: the same steps as in Python, on a part of Fashion-MNIST.
#include <cstdio>
#include <filesystem>
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;
using namespace markhor::callbacks;
using markhor::optimizers::Adam;

namespace {

keras::Model residual_network() {
    auto inputs = keras::Input({28, 28, 1});
    auto x = Conv2D(16, {3, 3}, {.strides = 2, .activation = "relu"})(inputs);
    auto y = Conv2D(16, {3, 3}, {.padding = "same", .use_bias = false})(x);
    y = BatchNormalization()(y);
    x = Activation("relu")(Add()({x, y}));
    auto outputs = Dense(10, {.activation = "softmax"})(GlobalAveragePooling2D()(x));
    return keras::Model({.inputs = {inputs}, .outputs = {outputs}, .name = "residual"});
}

}  // namespace

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "markhor_from_keras";
    std::filesystem::create_directories(folder);

    keras::set_random_seed(1);
    auto model = residual_network();
    model.compile({.optimizer = Adam({.learning_rate = 3e-3, .clipnorm = 1.0}),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});

    const auto [all, test] = keras::data::fashion_mnist();
    const auto train = all.take(2000);
    const auto held_out = test.take(500);
    auto history = model.fit(train, {.batch_size = 32,
                                     .epochs = 2,
                                     .validation_data = held_out,
                                     .callbacks = {EarlyStopping({.patience = 2, .restore_best_weights = true}),
                                                   ModelCheckpoint((folder / "best.keras").string(),
                                                                   {.monitor = "val_accuracy", .save_best_only = true}),
                                                   BackupAndRestore(folder / "backup")}});
    std::printf("validation accuracy of the last epoch %.2f\n", history.history["val_accuracy"].back());

    auto best = keras::load_model(folder / "best.keras");
    const auto logs = best.evaluate(held_out, {.verbose = 0});
    std::printf("loss %.3f, accuracy %.2f\n", logs.at("loss"), logs.at("accuracy"));
    const keras::Tensor probabilities = best.predict(held_out);
    const auto first = probabilities.slice(0, 1).data<float>();
    std::printf("%zu classes\n", first.size());

    auto frozen = best.get_layer("conv2d");
    frozen.set_trainable(false);
    best.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
    std::printf("%zu weights are trained on\n", best.trainable_weights().size());

    std::filesystem::remove_all(folder);
}
