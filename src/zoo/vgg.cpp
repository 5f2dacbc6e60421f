// VGG16 and VGG19: columns D and E of the paper's table 1.
#include <array>

#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

/// Blocks of 3x3 convolutions, each block at half the size of the one before.
Model vgg(const std::string& name, const std::array<int, 5>& depths, const Options& options) {
    constexpr std::array<std::int64_t, 5> filters = {64, 128, 256, 512, 512};
    const Build build(name, options, 224, 32);

    SymbolicTensor x = build.input();
    for (std::size_t i = 0; i < depths.size(); ++i) {
        const std::string block = "block" + std::to_string(i + 1);
        for (int j = 1; j <= depths[i]; ++j) {
            x = Conv2D(filters[i], 3,
                       {.padding = "same", .activation = "relu", .name = block + "_conv" + std::to_string(j)})(x);
        }
        x = MaxPooling2D(2, {.strides = 2, .name = block + "_pool"})(x);
    }
    if (!options.include_top) return build.model(build.pooled(x));
    x = Flatten({.name = "flatten"})(x);
    x = Dense(4096, {.activation = "relu", .name = "fc1"})(x);
    x = Dense(4096, {.activation = "relu", .name = "fc2"})(x);
    return build.model(Dense(options.classes, {.activation = options.classifier_activation, .name = "predictions"})(x));
}

}  // namespace

Model VGG16(const Options& options) { return vgg("vgg16", {2, 2, 3, 3, 3}, options); }
Model VGG19(const Options& options) { return vgg("vgg19", {2, 2, 4, 4, 4}, options); }

}  // namespace markhor::applications
