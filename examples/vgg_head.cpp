// The head of VGG16 (Simonyan & Zisserman, 2015) on the backbone of the case study: two Dense layers of 4096, most of
// whose parameters only weigh single pixels of the last map.
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;

int main() {
    const int n_classes = 10;
    auto model = keras::Sequential({
        keras::Input({224, 224, 3}),
        Conv2D(32, {3, 3}, {.activation = "relu"}),
        Conv2D(32, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),
        BatchNormalization(),
        Conv2D(64, {3, 3}, {.activation = "relu"}),
        Conv2D(64, {3, 3}, {.activation = "relu"}),
        MaxPooling2D({2, 2}, {.strides = {2, 2}}),
        BatchNormalization(),
        MaxPooling2D({2, 2}, {.padding = "same"}),
        Flatten(),
        Dropout(0.5),
        Dense(4096, {.activation = "relu"}),
        Dense(4096, {.activation = "relu"}),
        Dense(n_classes, {.activation = "softmax"}),
    });
    model.summary();
}
