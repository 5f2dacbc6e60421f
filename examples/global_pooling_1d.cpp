// Global pooling of a series: six activities told apart by nine sensor channels, however long the recording is.
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;

int main() {
    const int n_classes = 6;
    auto model = keras::Sequential({
        keras::Input({128, 9}),
        Conv1D(64, 3, {.activation = "relu"}),
        Conv1D(64, 3, {.activation = "relu"}),
        MaxPooling1D(2),
        BatchNormalization(),
        Conv1D(128, 3, {.activation = "relu"}),
        GlobalAveragePooling1D(),
        Dropout(0.3),
        Dense(n_classes, {.activation = "softmax"}),
    });
    model.summary();
}
