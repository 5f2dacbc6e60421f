// How long a program takes to its first prediction, and how much memory: the pooled network of the case study on one
// image.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;

int main() {
    const auto start = std::chrono::steady_clock::now();
    const auto model = keras::Sequential({
        keras::Input({224, 224, 3}),
        Conv2D(32, {3, 3}, {.activation = "relu"}),
        Conv2D(32, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),
        BatchNormalization(),
        Conv2D(64, {3, 3}, {.activation = "relu"}),
        Conv2D(64, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),
        BatchNormalization(),
        GlobalAveragePooling2D(),
        Dropout(0.3),
        Dense(10, {.activation = "softmax"}),
    });
    const auto image = keras::Tensor::full({1, 224, 224, 3}, 0.5F);
    const auto prediction = model.predict(image);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("prediction %s after %.3f s in the process, peak memory %.0f MB\n", prediction.shape().str().c_str(),
                seconds.count(), static_cast<double>(usage.ru_maxrss) / 1024);
}
