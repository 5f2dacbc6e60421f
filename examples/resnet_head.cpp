// The head of ResNet (He et al., 2016) on the backbone of the case study: global average pooling straight into the
// classifier.
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
        Dense(n_classes, {.activation = "softmax"}),
    });
    model.summary();
}
