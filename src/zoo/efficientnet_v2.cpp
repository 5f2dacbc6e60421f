// EfficientNetV2: table 4 of the paper is S; M and L are its larger brothers, B0 to B3 small ones scaled as in the
// first paper.
#include <cmath>
#include <vector>

#include "zoo/efficientnet.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

enum class Kind { fused, depthwise };  // Fused-MBConv or MBConv: whether the expansion is itself the 3x3 convolution

struct EfficientNetV2Row {
    Kind kind;
    int repeats;
    std::int64_t filters_in;
    std::int64_t filters_out;
    std::int64_t expansion;
    std::int64_t stride;
};

// clang-format off
const std::vector<EfficientNetV2Row> base = {
    {Kind::fused, 1, 32, 16, 1, 1},
    {Kind::fused, 2, 16, 32, 4, 2},
    {Kind::fused, 2, 32, 48, 4, 2},
    {Kind::depthwise, 3, 48, 96, 4, 2},
    {Kind::depthwise, 5, 96, 112, 6, 1},
    {Kind::depthwise, 8, 112, 192, 6, 2},
};
const std::vector<EfficientNetV2Row> s = {
    {Kind::fused, 2, 24, 24, 1, 1},
    {Kind::fused, 4, 24, 48, 4, 2},
    {Kind::fused, 4, 48, 64, 4, 2},
    {Kind::depthwise, 6, 64, 128, 4, 2},
    {Kind::depthwise, 9, 128, 160, 6, 1},
    {Kind::depthwise, 15, 160, 256, 6, 2},
};
const std::vector<EfficientNetV2Row> m = {
    {Kind::fused, 3, 24, 24, 1, 1},
    {Kind::fused, 5, 24, 48, 4, 2},
    {Kind::fused, 5, 48, 80, 4, 2},
    {Kind::depthwise, 7, 80, 160, 4, 2},
    {Kind::depthwise, 14, 160, 176, 6, 1},
    {Kind::depthwise, 18, 176, 304, 6, 2},
    {Kind::depthwise, 5, 304, 512, 6, 1},
};
const std::vector<EfficientNetV2Row> l = {
    {Kind::fused, 4, 32, 32, 1, 1},
    {Kind::fused, 7, 32, 64, 4, 2},
    {Kind::fused, 7, 64, 96, 4, 2},
    {Kind::depthwise, 10, 96, 192, 4, 2},
    {Kind::depthwise, 19, 192, 224, 6, 1},
    {Kind::depthwise, 25, 224, 384, 6, 2},
    {Kind::depthwise, 7, 384, 640, 6, 1},
};
// clang-format on

struct V2Scaling {
    double width;
    double depth;
    std::int64_t size;
};

SymbolicTensor convolution(const SymbolicTensor& x, std::int64_t filters, std::int64_t kernel_size, std::int64_t stride,
                           const std::string& name) {
    return Conv2D(filters, kernel_size,
                  {.strides = stride,
                   .padding = "same",
                   .use_bias = false,
                   .kernel_initializer = efficientnet_convolution(),
                   .name = name})(x);
}

SymbolicTensor v2_normalized(const SymbolicTensor& x, const std::string& name) {
    return BatchNormalization({.momentum = 0.9, .name = name})(x);
}

SymbolicTensor expanded(SymbolicTensor x, const EfficientNetV2Row& row, std::int64_t kernel_size, std::int64_t stride,
                        const std::string& prefix) {
    if (row.expansion == 1) return x;
    x = convolution(x, row.filters_in * row.expansion, kernel_size, stride, prefix + "expand_conv");
    return swish(v2_normalized(x, prefix + "expand_bn"), prefix + "expand_activation");
}

SymbolicTensor depthwise_block(SymbolicTensor x, const EfficientNetV2Row& row, const std::string& prefix) {
    x = expanded(x, row, 1, 1, prefix);
    x = DepthwiseConv2D(3, {.strides = row.stride,
                            .padding = "same",
                            .use_bias = false,
                            .depthwise_initializer = efficientnet_convolution(),
                            .name = prefix + "dwconv2"})(x);
    x = swish(v2_normalized(x, prefix + "bn"), prefix + "activation");
    x = squeeze_and_excite(x, std::max<std::int64_t>(1, row.filters_in / 4), prefix);
    return v2_normalized(convolution(x, row.filters_out, 1, 1, prefix + "project_conv"), prefix + "project_bn");
}

SymbolicTensor fused_block(SymbolicTensor x, const EfficientNetV2Row& row, const std::string& prefix) {
    const bool expands = row.expansion != 1;
    x = expanded(x, row, 3, row.stride, prefix);
    x = convolution(x, row.filters_out, expands ? 1 : 3, expands ? 1 : row.stride, prefix + "project_conv");
    x = v2_normalized(x, prefix + "project_bn");
    return expands ? x : swish(x, prefix + "project_activation");
}

SymbolicTensor block(const SymbolicTensor& input, const EfficientNetV2Row& row, double drop_rate,
                     const std::string& prefix) {
    SymbolicTensor x = row.kind == Kind::fused ? fused_block(input, row, prefix) : depthwise_block(input, row, prefix);
    if (row.stride != 1 || row.filters_in != row.filters_out) return x;
    if (drop_rate > 0) x = Dropout(drop_rate, {.noise_shape = {None, 1, 1, 1}, .name = prefix + "drop"})(x);
    return Add({.name = prefix + "add"})({x, input});
}

/// B0 to B3 take the mean and the deviation of ImageNet's colours; the others only a range.
SymbolicTensor preprocessed(const SymbolicTensor& image, bool is_base) {
    if (!is_base || channels(image) != 3) return Rescaling(1.0 / 128, {.offset = -1.0})(image);
    const SymbolicTensor x = Rescaling(1.0 / 255)(image);
    return Normalization({.mean = {0.485, 0.456, 0.406}, .variance = {0.229 * 0.229, 0.224 * 0.224, 0.225 * 0.225}})(x);
}

Model efficientnet_v2(const std::string& name, const std::vector<EfficientNetV2Row>& rows, const V2Scaling& scaling,
                      const PreprocessingOptions& options) {
    const auto filters = [&](std::int64_t n) { return round_to(static_cast<double>(n) * scaling.width, 8, true); };
    int blocks = 0;
    for (const EfficientNetV2Row& row : rows) blocks += row.repeats;

    const Build build(name, options, scaling.size, 32);
    SymbolicTensor x = options.include_preprocessing ? preprocessed(build.input(), &rows == &base) : build.input();
    x = convolution(x, filters(rows[0].filters_in), 3, 2, "stem_conv");
    x = swish(v2_normalized(x, "stem_bn"), "stem_activation");

    int done = 0;
    for (std::size_t stage = 0; stage < rows.size(); ++stage) {
        EfficientNetV2Row row = rows[stage];
        const int repeats = static_cast<int>(std::ceil(scaling.depth * row.repeats));
        row.filters_in = filters(row.filters_in);
        row.filters_out = filters(row.filters_out);
        for (int i = 0; i < repeats; ++i, ++done) {
            // As in Keras, `blocks` is the unscaled count.
            x = block(x, row, 0.2 * done / blocks, block_prefix(stage, i));
            row.stride = 1;
            row.filters_in = row.filters_out;
        }
    }
    x = convolution(x, filters(1280), 1, 1, "top_conv");
    x = swish(v2_normalized(x, "top_bn"), "top_activation");
    return build.finish(
        x, {.avg = "avg_pool", .max = "max_pool", .dropout = 0.2, .kernel_initializer = efficientnet_dense()});
}

}  // namespace

using V2Options = PreprocessingOptions;

Model EfficientNetV2B0(const V2Options& options) {
    return efficientnet_v2("efficientnetv2-b0", base, {1.0, 1.0, 224}, options);
}
Model EfficientNetV2B1(const V2Options& options) {
    return efficientnet_v2("efficientnetv2-b1", base, {1.0, 1.1, 240}, options);
}
Model EfficientNetV2B2(const V2Options& options) {
    return efficientnet_v2("efficientnetv2-b2", base, {1.1, 1.2, 260}, options);
}
Model EfficientNetV2B3(const V2Options& options) {
    return efficientnet_v2("efficientnetv2-b3", base, {1.2, 1.4, 300}, options);
}
Model EfficientNetV2S(const V2Options& options) {
    return efficientnet_v2("efficientnetv2-s", s, {1.0, 1.0, 384}, options);
}
Model EfficientNetV2M(const V2Options& options) {
    return efficientnet_v2("efficientnetv2-m", m, {1.0, 1.0, 480}, options);
}
Model EfficientNetV2L(const V2Options& options) {
    return efficientnet_v2("efficientnetv2-l", l, {1.0, 1.0, 480}, options);
}

}  // namespace markhor::applications
