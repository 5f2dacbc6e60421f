// MobileNetV3 Small and Large: tables 2 and 1 of the paper.
#include <optional>
#include <vector>

#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

enum class Nonlinearity { relu, hard_swish };

struct MobileNetV3Row {
    double expansion;  // filters inside, as a multiple of those that come
    std::int64_t filters;
    std::int64_t kernel_size;
    std::int64_t stride;
    bool squeezes;  // has squeeze-and-excite
    Nonlinearity nonlinearity;
};

// clang-format off
const std::vector<MobileNetV3Row> small = {
    {1, 16, 3, 2, true, Nonlinearity::relu},
    {72.0 / 16, 24, 3, 2, false, Nonlinearity::relu},
    {88.0 / 24, 24, 3, 1, false, Nonlinearity::relu},
    {4, 40, 5, 2, true, Nonlinearity::hard_swish},
    {6, 40, 5, 1, true, Nonlinearity::hard_swish},
    {6, 40, 5, 1, true, Nonlinearity::hard_swish},
    {3, 48, 5, 1, true, Nonlinearity::hard_swish},
    {3, 48, 5, 1, true, Nonlinearity::hard_swish},
    {6, 96, 5, 2, true, Nonlinearity::hard_swish},
    {6, 96, 5, 1, true, Nonlinearity::hard_swish},
    {6, 96, 5, 1, true, Nonlinearity::hard_swish},
};
const std::vector<MobileNetV3Row> large = {
    {1, 16, 3, 1, false, Nonlinearity::relu},
    {4, 24, 3, 2, false, Nonlinearity::relu},
    {3, 24, 3, 1, false, Nonlinearity::relu},
    {3, 40, 5, 2, true, Nonlinearity::relu},
    {3, 40, 5, 1, true, Nonlinearity::relu},
    {3, 40, 5, 1, true, Nonlinearity::relu},
    {6, 80, 3, 2, false, Nonlinearity::hard_swish},
    {2.5, 80, 3, 1, false, Nonlinearity::hard_swish},
    {2.3, 80, 3, 1, false, Nonlinearity::hard_swish},
    {2.3, 80, 3, 1, false, Nonlinearity::hard_swish},
    {6, 112, 3, 1, true, Nonlinearity::hard_swish},
    {6, 112, 3, 1, true, Nonlinearity::hard_swish},
    {6, 160, 5, 2, true, Nonlinearity::hard_swish},
    {6, 160, 5, 1, true, Nonlinearity::hard_swish},
    {6, 160, 5, 1, true, Nonlinearity::hard_swish},
};
// clang-format on

SymbolicTensor activate(const SymbolicTensor& x, Nonlinearity nonlinearity) {
    return nonlinearity == Nonlinearity::relu ? ReLU()(x) : Activation("hard_silu")(x);
}

SymbolicTensor normalization_v3(const SymbolicTensor& x, const std::string& name) {
    return BatchNormalization({.momentum = 0.999, .epsilon = 1e-3, .name = name})(x);
}

SymbolicTensor hard_sigmoid(const SymbolicTensor& x) { return ReLU({.max_value = 6.0})(x + 3.0) * (1.0 / 6.0); }

/// Each channel times a number between 0 and 1 that depends on all channels' means.
SymbolicTensor squeeze_and_excite(const SymbolicTensor& input, std::int64_t filters, const std::string& prefix) {
    SymbolicTensor x = GlobalAveragePooling2D({.keepdims = true, .name = prefix + "squeeze_excite_avg_pool"})(input);
    x = Conv2D(round_to(static_cast<double>(filters) * 0.25, 8), 1,
               {.padding = "same", .name = prefix + "squeeze_excite_conv"})(x);
    x = ReLU({.name = prefix + "squeeze_excite_relu"})(x);
    x = Conv2D(filters, 1, {.padding = "same", .name = prefix + "squeeze_excite_conv_1"})(x);
    return Multiply({.name = prefix + "squeeze_excite_mul"})({input, hard_sigmoid(x)});
}

SymbolicTensor inverted_residual_block(const SymbolicTensor& input, const MobileNetV3Row& row,
                                       const std::string& prefix, bool expands) {
    SymbolicTensor x = input;
    const std::int64_t wide = round_to(static_cast<double>(channels(input)) * row.expansion, 8);
    if (expands) {
        x = Conv2D(wide, 1, {.padding = "same", .use_bias = false, .name = prefix + "expand"})(x);
        x = activate(normalization_v3(x, prefix + "expand_bn"), row.nonlinearity);
    }
    if (row.stride == 2) x = ZeroPadding2D(correct_pad(x, row.kernel_size), {.name = prefix + "depthwise_pad"})(x);
    x = DepthwiseConv2D(row.kernel_size, {.strides = row.stride,
                                          .padding = row.stride == 1 ? "same" : "valid",
                                          .use_bias = false,
                                          .name = prefix + "depthwise"})(x);
    x = activate(normalization_v3(x, prefix + "depthwise_bn"), row.nonlinearity);
    if (row.squeezes) x = squeeze_and_excite(x, wide, prefix);
    x = Conv2D(row.filters, 1, {.padding = "same", .use_bias = false, .name = prefix + "project"})(x);
    x = normalization_v3(x, prefix + "project_bn");
    if (row.stride == 1 && channels(input) == row.filters) return Add({.name = prefix + "add"})({input, x});
    return x;
}

/// The row at another width, and for "minimalistic" with what any hardware runs fast.
MobileNetV3Row adapted(MobileNetV3Row row, const MobileNetV3Options& options) {
    row.filters = round_to(static_cast<double>(row.filters) * options.alpha, 8);
    if (!options.minimalistic) return row;
    row.kernel_size = 3;
    row.squeezes = false;
    row.nonlinearity = Nonlinearity::relu;
    return row;
}

Model mobilenet_v3(const std::string& name, const std::vector<MobileNetV3Row>& rows, std::int64_t last_filters,
                   const MobileNetV3Options& options) {
    check_alpha(name, options.alpha);
    const Build build(name, options, None, 32);
    const Nonlinearity nonlinearity = options.minimalistic ? Nonlinearity::relu : Nonlinearity::hard_swish;

    SymbolicTensor x = build.input();
    if (options.include_preprocessing) x = Rescaling(1.0 / 127.5, {.offset = -1.0})(x);
    x = Conv2D(16, 3, {.strides = 2, .padding = "same", .use_bias = false, .name = "conv"})(x);
    x = activate(normalization_v3(x, "conv_bn"), nonlinearity);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string prefix = i == 0 ? "expanded_conv_" : "expanded_conv_" + std::to_string(i) + "_";
        x = inverted_residual_block(x, adapted(rows[i], options), prefix, i > 0);
    }
    x = Conv2D(round_to(static_cast<double>(channels(x)) * 6, 8), 1,
               {.padding = "same", .use_bias = false, .name = "conv_1"})(x);
    x = activate(normalization_v3(x, "conv_1_bn"), nonlinearity);
    if (!options.include_top) return build.model(build.pooled(x, "avg_pool", "max_pool"));

    // A narrower network keeps its last layer wide.
    if (options.alpha > 1) last_filters = round_to(static_cast<double>(last_filters) * options.alpha, 8);
    x = GlobalAveragePooling2D({.keepdims = true})(x);
    x = activate(Conv2D(last_filters, 1, {.padding = "same", .name = "conv_2"})(x), nonlinearity);
    if (options.dropout_rate > 0) x = Dropout(options.dropout_rate)(x);
    x = Conv2D(options.classes, 1, {.padding = "same", .name = "logits"})(x);
    x = Flatten()(x);
    return build.model(Activation(options.classifier_activation, {.name = "predictions"})(x));
}

}  // namespace

Model MobileNetV3Small(const MobileNetV3Options& options) {
    return mobilenet_v3("MobileNetV3Small", small, 1024, options);
}
Model MobileNetV3Large(const MobileNetV3Options& options) {
    return mobilenet_v3("MobileNetV3Large", large, 1280, options);
}

}  // namespace markhor::applications
