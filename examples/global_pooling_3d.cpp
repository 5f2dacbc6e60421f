// Global pooling of volumes: computed tomography cubes of 64 voxels a side, with or without a finding.
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;

int main() {
    const int n_classes = 2;
    auto model = keras::Sequential({
        keras::Input({64, 64, 64, 1}),
        Conv3D(32, 3, {.activation = "relu"}),
        MaxPooling3D(2),
        BatchNormalization(),
        Conv3D(64, 3, {.activation = "relu"}),
        MaxPooling3D(2),
        BatchNormalization(),
        GlobalAveragePooling3D(),
        Dropout(0.3),
        Dense(n_classes, {.activation = "softmax"}),
    });
    model.summary();
}
