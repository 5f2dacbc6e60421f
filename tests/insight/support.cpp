#include "insight/support.hpp"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>

namespace markhor::insight::test {
namespace {

ModelCost example_cost(bool flatten, std::int64_t size, std::int64_t batch) {
    const std::int64_t side = ((size - 4) / 2 - 4) / 2;
    ModelCost cost;
    cost.layers = {{"conv2d", "Conv2D", {None, size - 2, size - 2, 32}, 320, 320, 4e5, 86528},
                   {"conv2d_1", "Conv2D", {None, size - 4, size - 4, 32}, 9248, 9248, 1e7, 73728},
                   {"conv2d_2", "Conv2D", {None, 10, 10, 64}, 18496, 18496, 4e6, 25600},
                   {"conv2d_3", "Conv2D", {None, 8, 8, 64}, 36928, 36928, 5e6, 16384},
                   {"batch_normalization_1", "BatchNormalization", {None, side, side, 64}, 256, 128, 4096, 4096}};
    if (flatten) {
        const std::int64_t inputs = side * side * 64;
        cost.layers.push_back({"flatten", "Flatten", {None, inputs}, 0, 0, 0, 4096});
        cost.layers.push_back({"dense", "Dense", {None, 64}, 64 * inputs + 64, 64 * inputs + 64, 131072, 256});
        cost.layers.push_back({"dense_1", "Dense", {None, 10}, 650, 650, 1300, 40});
    } else {
        cost.layers.push_back({"global_average_pooling2d", "GlobalAveragePooling2D", {None, 64}, 0, 0, 1024, 256});
        cost.layers.push_back({"dense", "Dense", {None, 10}, 650, 650, 1300, 40});
    }
    for (const LayerCost& layer : cost.layers) {
        cost.params += layer.params;
        cost.trainable_params += layer.trainable_params;
        cost.flops += layer.flops;
    }
    cost.weight_bytes = 4.0 * static_cast<double>(cost.params);
    cost.activation_bytes = 2e5;
    cost.training = {batch, 3 * cost.flops * static_cast<double>(batch), 3e7,
                     4.0 * static_cast<double>(cost.trainable_params)};
    return cost;
}

}  // namespace

CaseStudy example_study() {
    CaseStudy study;
    study.options.epochs = 3;
    study.options.data_name = "Example <data>";
    study.options.command = "markhor compare --epochs 3";
    study.version = "0.0.0";
    study.started = "2026-01-31 12:00 UTC";
    study.processor = "An example & processor";
    study.threads = 2;
    study.image = {28, 28, 1};
    study.train_images = 600;
    study.test_images = 8;
    study.class_names = {"trousers", "bag", "boot"};
    study.test_labels = {0, 1, 2, 0, 1, 2, 0, 1};
    study.seconds = 211.4;
    for (const bool flatten : {true, false}) {
        HeadResult result;
        result.head = flatten ? "flatten" : "gap";
        result.title = flatten ? "Flatten" : "GlobalAveragePooling2D";
        result.summary = "Model: \"sequential\"\n conv2d (Conv2D) \n";
        result.cost = example_cost(flatten, 28, 128);
        result.history.epoch = {0, 1, 2};
        result.history.history = {{"loss", {0.5, 0.3, 0.25}},
                                  {"accuracy", {0.82, 0.88, 0.9}},
                                  {"val_loss", {0.4, 0.33, flatten ? 0.3 : 0.34}},
                                  {"val_accuracy", {0.85, 0.87, flatten ? 0.875 : 0.75}}};
        result.history.seconds = {20.5, flatten ? 19.0 : 18.5, 19.5};
        result.test_loss = flatten ? 0.3 : 0.34;
        result.test_accuracy = flatten ? 0.875 : 0.75;
        result.images_per_second = 31.0;
        result.predicted_images_per_second = 90.0;
        result.weights_file_bytes = flatten ? 560'000 : 280'000;
        result.predicted = flatten ? std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0, 0}
                                   : std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 1, 0};
        study.heads.push_back(std::move(result));
    }
    for (const std::int64_t size : {28, 56, 112, 224}) {
        for (const bool flatten : {true, false}) {
            SizeResult result{
                .head = flatten ? "flatten" : "gap", .size = size, .cost = example_cost(flatten, size, 32)};
            if (size > 28) result.step_seconds = 1e-5 * static_cast<double>(size * size);
            study.sizes.push_back(std::move(result));
        }
    }
    const Sample sample{
        .index = 6, .shape = {2, 2, 1}, .pixels = {0, 80, 160, 255}, .label = 0, .predictions = {{0, 0.75}, {1, 0.5}}};
    study.samples = {sample};
    return study;
}

data::TrainTest halves(std::int64_t count, std::int64_t size, std::int64_t channels) {
    const auto make = [&](std::int64_t images) {
        Tensor x = Tensor::zeros({images, size, size, channels});
        Tensor y(Shape({images}), DType::int32);
        const std::span<float> pixels = x.data<float>();
        std::uint32_t noise = 7;
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            const auto pixel = static_cast<std::int64_t>(i) / channels;
            const std::int64_t image = pixel / (size * size);
            const bool left = pixel % size < size / 2;
            noise = noise * 1664525U + 1013904223U;
            pixels[i] =
                (left == (image % 2 == 0) ? 0.75F : 0.0F) + 0.25F * static_cast<float>(noise >> 8U) / 16777216.0F;
        }
        for (std::int64_t image = 0; image < images; ++image) {
            y.data<std::int32_t>()[static_cast<std::size_t>(image)] = static_cast<std::int32_t>(image % 2);
        }
        return Dataset(x, y).with_class_names({"left", "right"});
    };
    return {make(count), make(count / 2)};
}

}  // namespace markhor::insight::test
