// The first network of the case study: Flatten and Dense layers as its head. 99 of 100 parameters are in one layer, and
// their number grows with the size of the image.
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
        Flatten(),
        Dropout(0.3),
        Dense(64, {.activation = "relu"}),
        Dense(32, {.activation = "relu"}),
        Dense(n_classes, {.activation = "softmax"}),
    });
    model.summary();
}
