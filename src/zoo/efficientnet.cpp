// EfficientNetB0 to B7: table 1 of the paper, B1 to B7 by its compound scaling of width, depth and size.
#include <array>
#include <cmath>

#include "zoo/build.hpp"
#include "zoo/efficientnet.hpp"

namespace markhor::applications {

using namespace markhor::layers;

SymbolicTensor squeeze_and_excite(const SymbolicTensor& x, std::int64_t squeezed, const std::string& prefix) {
    const std::int64_t filters = channels(x);
    const auto convolution = [&](std::int64_t n, const char* activation, const char* name) {
        return Conv2D(n, 1,
                      {.padding = "same",
                       .activation = activation,
                       .kernel_initializer = efficientnet_convolution(),
                       .name = prefix + name});
    };
    SymbolicTensor se = GlobalAveragePooling2D({.name = prefix + "se_squeeze"})(x);
    se = Reshape({1, 1, filters}, {.name = prefix + "se_reshape"})(se);
    se = convolution(squeezed, "silu", "se_reduce")(se);
    se = convolution(filters, "sigmoid", "se_expand")(se);
    return Multiply({.name = prefix + "se_excite"})({x, se});
}

std::string block_prefix(std::size_t stage, int repeat) {
    return "block" + std::to_string(stage + 1) + static_cast<char>('a' + repeat) + "_";
}

namespace {

struct EfficientNetRow {
    std::int64_t kernel_size;
    int repeats;
    std::int64_t filters_in;
    std::int64_t filters_out;
    std::int64_t expansion;
    std::int64_t stride;
};
constexpr std::array<EfficientNetRow, 7> rows = {{
    {3, 1, 32, 16, 1, 1},
    {3, 2, 16, 24, 6, 2},
    {5, 2, 24, 40, 6, 2},
    {3, 3, 40, 80, 6, 2},
    {5, 3, 80, 112, 6, 1},
    {5, 4, 112, 192, 6, 2},
    {3, 1, 192, 320, 6, 1},
}};

struct Scaling {
    double width;
    double depth;
    std::int64_t size;
    double dropout;
};

SymbolicTensor convolution1x1(const SymbolicTensor& x, std::int64_t filters, const std::string& name) {
    return Conv2D(
        filters, 1,
        {.padding = "same", .use_bias = false, .kernel_initializer = efficientnet_convolution(), .name = name})(x);
}

SymbolicTensor normalized(const SymbolicTensor& x, const std::string& name) {
    return BatchNormalization({.name = name})(x);
}

/// The mobile inverted bottleneck with squeeze-and-excite.
SymbolicTensor block(const SymbolicTensor& input, const EfficientNetRow& row, double drop_rate,
                     const std::string& prefix) {
    SymbolicTensor x = input;
    if (row.expansion != 1) {
        x = convolution1x1(x, row.filters_in * row.expansion, prefix + "expand_conv");
        x = swish(normalized(x, prefix + "expand_bn"), prefix + "expand_activation");
    }
    if (row.stride == 2) x = ZeroPadding2D(correct_pad(x, row.kernel_size), {.name = prefix + "dwconv_pad"})(x);
    x = DepthwiseConv2D(row.kernel_size, {.strides = row.stride,
                                          .padding = row.stride == 2 ? "valid" : "same",
                                          .use_bias = false,
                                          .depthwise_initializer = efficientnet_convolution(),
                                          .name = prefix + "dwconv"})(x);
    x = swish(normalized(x, prefix + "bn"), prefix + "activation");
    x = squeeze_and_excite(x, std::max<std::int64_t>(1, row.filters_in / 4), prefix);
    x = normalized(convolution1x1(x, row.filters_out, prefix + "project_conv"), prefix + "project_bn");
    if (row.stride != 1 || row.filters_in != row.filters_out) return x;
    if (drop_rate > 0) x = Dropout(drop_rate, {.noise_shape = {None, 1, 1, 1}, .name = prefix + "drop"})(x);
    return Add({.name = prefix + "add"})({x, input});
}

Model efficientnet(const std::string& name, const Scaling& scaling, const Options& options) {
    const auto filters = [&](std::int64_t n) { return round_to(static_cast<double>(n) * scaling.width, 8); };
    const auto repeats = [&](const EfficientNetRow& row) {
        return static_cast<int>(std::ceil(scaling.depth * row.repeats));
    };
    int blocks = 0;
    for (const EfficientNetRow& row : rows) blocks += repeats(row);

    const Build build(name, options, scaling.size, 32);
    SymbolicTensor x = Rescaling(1.0 / 255)(build.input());
    x = Normalization()(x);
    x = ZeroPadding2D(correct_pad(x, 3), {.name = "stem_conv_pad"})(x);
    x = Conv2D(
        filters(32), 3,
        {.strides = 2, .use_bias = false, .kernel_initializer = efficientnet_convolution(), .name = "stem_conv"})(x);
    x = swish(normalized(x, "stem_bn"), "stem_activation");

    int done = 0;
    for (std::size_t stage = 0; stage < rows.size(); ++stage) {
        EfficientNetRow row = rows[stage];
        const int count = repeats(row);
        row.filters_in = filters(row.filters_in);
        row.filters_out = filters(row.filters_out);
        for (int i = 0; i < count; ++i, ++done) {
            x = block(x, row, 0.2 * done / blocks, block_prefix(stage, i));
            row.stride = 1;
            row.filters_in = row.filters_out;
        }
    }
    x = swish(normalized(convolution1x1(x, filters(1280), "top_conv"), "top_bn"), "top_activation");
    return build.finish(
        x,
        {.avg = "avg_pool", .max = "max_pool", .dropout = scaling.dropout, .kernel_initializer = efficientnet_dense()});
}

}  // namespace

Model EfficientNetB0(const Options& options) { return efficientnet("efficientnetb0", {1.0, 1.0, 224, 0.2}, options); }
Model EfficientNetB1(const Options& options) { return efficientnet("efficientnetb1", {1.0, 1.1, 240, 0.2}, options); }
Model EfficientNetB2(const Options& options) { return efficientnet("efficientnetb2", {1.1, 1.2, 260, 0.3}, options); }
Model EfficientNetB3(const Options& options) { return efficientnet("efficientnetb3", {1.2, 1.4, 300, 0.3}, options); }
Model EfficientNetB4(const Options& options) { return efficientnet("efficientnetb4", {1.4, 1.8, 380, 0.4}, options); }
Model EfficientNetB5(const Options& options) { return efficientnet("efficientnetb5", {1.6, 2.2, 456, 0.4}, options); }
Model EfficientNetB6(const Options& options) { return efficientnet("efficientnetb6", {1.8, 2.6, 528, 0.5}, options); }
Model EfficientNetB7(const Options& options) { return efficientnet("efficientnetb7", {2.0, 3.1, 600, 0.5}, options); }

}  // namespace markhor::applications
