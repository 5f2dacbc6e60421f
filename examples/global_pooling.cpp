// The second network of the case study: the same backbone with global average pooling as its head, which has 174 times
// fewer parameters and takes images of any size.
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
        GlobalAveragePooling2D(),
        Dropout(0.3),
        Dense(n_classes, {.activation = "softmax"}),
    });
    model.summary();
}
