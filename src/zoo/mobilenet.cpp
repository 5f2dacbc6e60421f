// MobileNet: table 1 of the paper. Depthwise and pointwise convolutions in turn.
#include <array>

#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

struct MobileNetRow {
    std::int64_t filters;
    std::int64_t stride;
};
constexpr std::array<MobileNetRow, 13> mobilenet_rows = {{
    {64, 1},
    {128, 2},
    {128, 1},
    {256, 2},
    {256, 1},
    {512, 2},
    {512, 1},
    {512, 1},
    {512, 1},
    {512, 1},
    {512, 1},
    {1024, 2},
    {1024, 1},
}};

SymbolicTensor mobilenet_normalized(const SymbolicTensor& x, const std::string& name) {
    return relu6(BatchNormalization({.name = name + "_bn"})(x), name + "_relu");
}

SymbolicTensor separable_block(SymbolicTensor x, std::int64_t filters, std::int64_t stride,
                               std::int64_t depth_multiplier, const std::string& id) {
    if (stride > 1) x = ZeroPadding2D({0, 1, 0, 1}, {.name = "conv_pad_" + id})(x);
    x = DepthwiseConv2D(3, {.strides = stride,
                            .padding = stride > 1 ? "valid" : "same",
                            .depth_multiplier = depth_multiplier,
                            .use_bias = false,
                            .name = "conv_dw_" + id})(x);
    x = mobilenet_normalized(x, "conv_dw_" + id);
    x = Conv2D(filters, 1, {.padding = "same", .use_bias = false, .name = "conv_pw_" + id})(x);
    return mobilenet_normalized(x, "conv_pw_" + id);
}

}  // namespace

Model MobileNet(const MobileNetOptions& options) {
    const Build build(name_with_width("mobilenet", options), options, 224, 32);
    const auto width = [&](std::int64_t filters) { return times(filters, options.alpha); };

    SymbolicTensor x =
        Conv2D(width(32), 3, {.strides = 2, .padding = "same", .use_bias = false, .name = "conv1"})(build.input());
    x = mobilenet_normalized(x, "conv1");
    for (std::size_t i = 0; i < mobilenet_rows.size(); ++i) {
        x = separable_block(x, width(mobilenet_rows[i].filters), mobilenet_rows[i].stride, options.depth_multiplier,
                            std::to_string(i + 1));
    }
    if (!options.include_top) return build.model(build.pooled(x));
    x = GlobalAveragePooling2D({.keepdims = true})(x);
    x = Dropout(options.dropout, {.name = "dropout"})(x);
    x = Conv2D(options.classes, 1, {.padding = "same", .name = "conv_preds"})(x);
    x = Reshape({options.classes}, {.name = "reshape_2"})(x);
    return build.model(Activation(options.classifier_activation, {.name = "predictions"})(x));
}

}  // namespace markhor::applications
