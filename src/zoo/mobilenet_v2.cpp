// MobileNetV2: table 2 of the paper. Inverted residuals: wide inside, narrow between.
#include <array>

#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

struct MobileNetV2Row {
    std::int64_t expansion;
    std::int64_t filters;
    int repeats;
    std::int64_t stride;  // of the first repeat
};
constexpr std::array<MobileNetV2Row, 7> v2_rows = {{
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
}};

SymbolicTensor normalization_v2(const SymbolicTensor& x, const std::string& name) {
    return BatchNormalization({.momentum = 0.999, .epsilon = 1e-3, .name = name})(x);
}

SymbolicTensor inverted_residual_block(const SymbolicTensor& input, std::int64_t expansion, std::int64_t filters,
                                       std::int64_t stride, const std::string& prefix) {
    SymbolicTensor x = input;
    if (expansion > 1) {
        x = Conv2D(expansion * channels(x), 1, {.padding = "same", .use_bias = false, .name = prefix + "expand"})(x);
        x = relu6(normalization_v2(x, prefix + "expand_BN"), prefix + "expand_relu");
    }
    if (stride == 2) x = ZeroPadding2D(correct_pad(x, 3), {.name = prefix + "pad"})(x);
    x = DepthwiseConv2D(3, {.strides = stride,
                            .padding = stride == 1 ? "same" : "valid",
                            .use_bias = false,
                            .name = prefix + "depthwise"})(x);
    x = relu6(normalization_v2(x, prefix + "depthwise_BN"), prefix + "depthwise_relu");
    x = Conv2D(filters, 1, {.padding = "same", .use_bias = false, .name = prefix + "project"})(x);
    x = normalization_v2(x, prefix + "project_BN");
    if (stride == 1 && channels(input) == filters) return Add({.name = prefix + "add"})({input, x});
    return x;
}

}  // namespace

Model MobileNetV2(const MobileNetV2Options& options) {
    const Build build(name_with_width("mobilenetv2", options), options, 224, 32);
    const double alpha = options.alpha;

    SymbolicTensor x = Conv2D(round_to(32 * alpha, 8), 3,
                              {.strides = 2, .padding = "same", .use_bias = false, .name = "Conv1"})(build.input());
    x = relu6(normalization_v2(x, "bn_Conv1"), "Conv1_relu");
    int block = 0;
    for (const MobileNetV2Row& row : v2_rows) {
        const std::int64_t filters = round_to(static_cast<double>(times(row.filters, alpha)), 8);
        for (int i = 0; i < row.repeats; ++i, ++block) {
            const std::string prefix = block == 0 ? "expanded_conv_" : "block_" + std::to_string(block) + "_";
            x = inverted_residual_block(x, row.expansion, filters, i == 0 ? row.stride : 1, prefix);
        }
    }
    // A narrower network keeps its last layer wide.
    const std::int64_t last = alpha > 1 ? round_to(1280 * alpha, 8) : 1280;
    x = Conv2D(last, 1, {.use_bias = false, .name = "Conv_1"})(x);
    x = relu6(normalization_v2(x, "Conv_1_bn"), "out_relu");
    return build.finish(x);
}

}  // namespace markhor::applications
