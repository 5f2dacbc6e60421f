// The lines of the table in docs/FROM_KERAS.md, as one program on pictures that it draws itself: data, model, compile,
// fit, callbacks, evaluate, predict, files, freezing, images.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;
using namespace markhor::callbacks;
using namespace markhor::optimizers;
using namespace markhor::optimizers::schedules;

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "markhor_you_write";
    std::filesystem::create_directories(folder);
    keras::set_random_seed(1);

    // Data: 60 pictures of 16x16 pixels, dark or bright, 0 to 255, with noise from their number.
    auto x = keras::Tensor::zeros({60, 16, 16, 3});
    auto labels = keras::Tensor::zeros({60}, keras::DType::int32);
    for (std::size_t i = 0; i < x.data<float>().size(); ++i) {
        x.data<float>()[i] = static_cast<float>((i * 37) % 101 + (i / 768) % 2 * 120);
    }
    for (std::size_t i = 0; i < 60; ++i) labels.data<std::int32_t>()[i] = static_cast<std::int32_t>(i % 2);
    for (const char* name : {"dark", "bright"}) {
        std::filesystem::create_directories(folder / "photos" / name);
        for (int i = name[0] == 'd' ? 0 : 1; i < 20; i += 2) {
            keras::save_img(folder / "photos" / name / (std::to_string(i) + ".png"),
                            x.slice(i, i + 1).reshaped({16, 16, 3}), false);
        }
    }

    auto y = keras::to_categorical(labels, 2);
    auto data = keras::Dataset(x, y);
    auto photos = keras::utils::image_dataset_from_directory(folder / "photos", {.image_size = {16, 16}, .seed = 1});
    auto flipped = photos.map(keras::augmentation::random_flip({.mode = "horizontal"}));
    auto cached = photos.cache().shuffle(1).take(10);

    // Model
    auto model = keras::Sequential({
        keras::Input({16, 16, 3}),
        Rescaling(1.0 / 255),
        RandomFlip("horizontal"),
        Conv2D(8, {3, 3}, {.activation = "relu"}),
        MaxPooling2D(),
        GlobalAveragePooling2D(),
        Dropout(0.1),
    });
    model.add(Dense(2, {.activation = "softmax"}));
    model.summary();

    // Training
    model.compile({.optimizer = Adam(1e-2), .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
    auto early = EarlyStopping("val_loss", 0, 3);
    auto best = ModelCheckpoint((folder / "best.keras").string(), {.save_best_only = true});
    auto slower = ReduceLROnPlateau("val_loss", 0.5, 2);
    auto history =
        model.fit(x, y, {.batch_size = 16, .epochs = 3, .validation_split = 0.2, .callbacks = {early, best, slower}});
    model.fit(x, y, {.class_weight = {{0, 1.0}, {1, 2.0}}});
    model.fit(x, y, {.sample_weight = keras::Tensor::full({60}, 0.5F)});
    model.fit(x, y, {.batch_size = 16, .epochs = 2, .steps_per_epoch = 2});
    auto last = history.history.at("val_accuracy").back();
    model.compile({.optimizer = SGD(0.01, 0.9), .loss = keras::losses::CategoricalCrossentropy(false, 0.1)});
    model.compile(
        {.optimizer = Adam(CosineDecay(1e-2, 1000)), .loss = "categorical_crossentropy", .metrics = {"accuracy"}});

    // Use
    auto logs = model.evaluate(x, y, {.verbose = 0});
    auto p = model.predict(x);
    auto q = model(x.slice(0, 8));
    auto classes = keras::argmax(p, -1);
    auto probabilities = keras::softmax(p);
    auto matrix = keras::confusion_matrix(labels, classes);
    std::cout << matrix << "\n";
    auto file = folder / "photos/dark/0.png";
    auto image = keras::load_img(file, {.target_size = {16, 16}});
    auto one = model.predict(keras::expand_dims(keras::img_to_array(image), 0));
    auto same = model.predict(keras::load_image(file, {.size = {16, 16}, .batch_axis = true}));
    keras::save_img(folder / "copy.png", keras::array_to_img(keras::img_to_array(image)));

    // Files
    model.save(folder / "model.keras");
    auto loaded = keras::load_model(folder / "model.keras");
    model.save_weights(folder / "model.weights.h5");
    model.load_weights(folder / "model.weights.h5");
    auto copy = keras::clone_model(model);
    copy.set_weights(model.get_weights());

    // Transfer
    auto backbone = keras::applications::MobileNetV2({.include_top = false, .input_shape = {32, 32, 3}});
    backbone.set_trainable(false);
    loaded.get_layer("conv2d").set_trainable(false);
    copy.pop();
    copy.add(Dense(3, {.activation = "softmax", .name = "new_head"}));

    std::printf("accuracy %.2f, then %.2f; %lld pictures\n", last, logs.at("accuracy"),
                static_cast<long long>(photos.size()));
    std::filesystem::remove_all(folder);
    return copy.output_shapes().front() == keras::Shape({keras::None, 3}) && q.shape() == keras::Shape({8, 2}) ? 0 : 1;
}
