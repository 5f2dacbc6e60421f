// ResNet50, 101 and 152: table 1 of the first paper, and of the second ("V2") with normalization and ReLU before the
// weights.
#include <array>

#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

constexpr double epsilon = 1.001e-5;

SymbolicTensor resnet_normalization(const SymbolicTensor& x, const std::string& name) {
    return BatchNormalization({.epsilon = epsilon, .name = name})(x);
}

/// The bottleneck of figure 5: 1x1, 3x3, 1x1, and the sum with the way around it.
SymbolicTensor residual_block(SymbolicTensor x, std::int64_t filters, std::int64_t stride, bool projects,
                              const std::string& name) {
    SymbolicTensor shortcut = x;
    if (projects) {
        shortcut = Conv2D(4 * filters, 1, {.strides = stride, .name = name + "_0_conv"})(x);
        shortcut = resnet_normalization(shortcut, name + "_0_bn");
    }
    x = Conv2D(filters, 1, {.strides = stride, .name = name + "_1_conv"})(x);
    x = relu(resnet_normalization(x, name + "_1_bn"), name + "_1_relu");
    x = Conv2D(filters, 3, {.padding = "same", .name = name + "_2_conv"})(x);
    x = relu(resnet_normalization(x, name + "_2_bn"), name + "_2_relu");
    x = Conv2D(4 * filters, 1, {.name = name + "_3_conv"})(x);
    x = resnet_normalization(x, name + "_3_bn");
    return relu(Add({.name = name + "_add"})({shortcut, x}), name + "_out");
}

/// The same with full pre-activation, figure 4(e) of the second paper: nothing is computed on the way around.
SymbolicTensor preactivated_block(SymbolicTensor x, std::int64_t filters, std::int64_t stride, bool projects,
                                  const std::string& name) {
    const SymbolicTensor active = relu(resnet_normalization(x, name + "_preact_bn"), name + "_preact_relu");
    SymbolicTensor shortcut = x;
    if (projects) {
        shortcut = Conv2D(4 * filters, 1, {.strides = stride, .name = name + "_0_conv"})(active);
    } else if (stride > 1) {
        shortcut = MaxPooling2D(1, {.strides = stride})(x);
    }
    x = Conv2D(filters, 1, {.use_bias = false, .name = name + "_1_conv"})(active);
    x = relu(resnet_normalization(x, name + "_1_bn"), name + "_1_relu");
    x = ZeroPadding2D(1, {.name = name + "_2_pad"})(x);
    x = Conv2D(filters, 3, {.strides = stride, .use_bias = false, .name = name + "_2_conv"})(x);
    x = relu(resnet_normalization(x, name + "_2_bn"), name + "_2_relu");
    x = Conv2D(4 * filters, 1, {.name = name + "_3_conv"})(x);
    return Add({.name = name + "_out"})({shortcut, x});
}

using Depths = std::array<int, 4>;  // blocks of conv2_x, conv3_x, conv4_x and conv5_x

Model resnet(const std::string& name, const Depths& depths, bool preactivated, const Options& options) {
    const Build build(name, options, 224, 32);
    SymbolicTensor x = ZeroPadding2D(3, {.name = "conv1_pad"})(build.input());
    x = Conv2D(64, 7, {.strides = 2, .name = "conv1_conv"})(x);
    if (!preactivated) x = relu(resnet_normalization(x, "conv1_bn"), "conv1_relu");
    x = ZeroPadding2D(1, {.name = "pool1_pad"})(x);
    x = MaxPooling2D(3, {.strides = 2, .name = "pool1_pool"})(x);

    for (std::size_t stack = 0; stack < depths.size(); ++stack) {
        const std::int64_t filters = 64 << stack;
        for (int i = 1; i <= depths[stack]; ++i) {
            const std::string block = "conv" + std::to_string(stack + 2) + "_block" + std::to_string(i);
            if (preactivated) {
                // The stride is in a stack's last block, and the last stack has none.
                const bool strides = i == depths[stack] && stack + 1 < depths.size();
                x = preactivated_block(x, filters, strides ? 2 : 1, i == 1, block);
            } else {
                x = residual_block(x, filters, i == 1 && stack > 0 ? 2 : 1, i == 1, block);
            }
        }
    }
    if (preactivated) x = relu(resnet_normalization(x, "post_bn"), "post_relu");
    return build.finish(x, {.avg = "avg_pool", .max = "max_pool"});
}

constexpr Depths depths50 = {3, 4, 6, 3};
constexpr Depths depths101 = {3, 4, 23, 3};
constexpr Depths depths152 = {3, 8, 36, 3};

}  // namespace

Model ResNet50(const Options& options) { return resnet("resnet50", depths50, false, options); }
Model ResNet101(const Options& options) { return resnet("resnet101", depths101, false, options); }
Model ResNet152(const Options& options) { return resnet("resnet152", depths152, false, options); }
Model ResNet50V2(const Options& options) { return resnet("resnet50v2", depths50, true, options); }
Model ResNet101V2(const Options& options) { return resnet("resnet101v2", depths101, true, options); }
Model ResNet152V2(const Options& options) { return resnet("resnet152v2", depths152, true, options); }

}  // namespace markhor::applications
