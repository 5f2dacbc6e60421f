// Xception: figure 5 of the paper: entry, middle and exit flow of separable convolutions with residuals.
#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

SymbolicTensor separable(SymbolicTensor x, std::int64_t filters, const std::string& name) {
    x = SeparableConv2D(filters, 3, {.padding = "same", .use_bias = false, .name = name})(x);
    return BatchNormalization({.name = name + "_bn"})(x);
}

SymbolicTensor convolution(SymbolicTensor x, std::int64_t filters, std::int64_t stride, const std::string& name) {
    x = Conv2D(filters, 3, {.strides = stride, .use_bias = false, .name = name})(x);
    x = BatchNormalization({.name = name + "_bn"})(x);
    return relu(x, name + "_act");
}

/// Two separable convolutions and a pool of stride 2, beside a 1x1 convolution of stride 2.
SymbolicTensor halving_block(SymbolicTensor x, std::int64_t filters1, std::int64_t filters2, const std::string& name,
                             bool is_active = false) {
    SymbolicTensor residual = Conv2D(filters2, 1, {.strides = 2, .padding = "same", .use_bias = false})(x);
    residual = BatchNormalization()(residual);
    if (!is_active) x = relu(x, name + "_sepconv1_act");
    x = separable(x, filters1, name + "_sepconv1");
    x = relu(x, name + "_sepconv2_act");
    x = separable(x, filters2, name + "_sepconv2");
    x = MaxPooling2D(3, {.strides = 2, .padding = "same", .name = name + "_pool"})(x);
    return Add()({x, residual});
}

}  // namespace

Model Xception(const Options& options) {
    const Build build("xception", options, 299, 71);
    SymbolicTensor x = convolution(build.input(), 32, 2, "block1_conv1");
    x = convolution(x, 64, 1, "block1_conv2");
    x = halving_block(x, 128, 128, "block2", true);
    x = halving_block(x, 256, 256, "block3");
    x = halving_block(x, 728, 728, "block4");

    for (int i = 5; i <= 12; ++i) {
        const SymbolicTensor residual = x;
        for (int j = 1; j <= 3; ++j) {
            const std::string name = "block" + std::to_string(i) + "_sepconv" + std::to_string(j);
            x = separable(relu(x, name + "_act"), 728, name);
        }
        x = Add()({x, residual});
    }

    x = halving_block(x, 728, 1024, "block13");
    x = relu(separable(x, 1536, "block14_sepconv1"), "block14_sepconv1_act");
    x = relu(separable(x, 2048, "block14_sepconv2"), "block14_sepconv2_act");
    return options.include_top ? build.finish(x, {.avg = "avg_pool"}) : build.finish(x);
}

}  // namespace markhor::applications
