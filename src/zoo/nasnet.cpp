// NASNet-A, Mobile (4 @ 1056) and Large (6 @ 4032): the cells of figure 4 of the paper, each of the two maps before it.
#include <utility>

#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

SymbolicTensor nasnet_normalization(const SymbolicTensor& x, const std::string& name) {
    return BatchNormalization({.momentum = 0.9997, .epsilon = 1e-3, .name = name})(x);
}

SymbolicTensor nasnet_convolution1x1(const SymbolicTensor& x, std::int64_t filters, const std::string& name) {
    return Conv2D(filters, 1,
                  {.padding = "same", .use_bias = false, .kernel_initializer = "he_normal", .name = name})(x);
}

SymbolicTensor average3x3(const SymbolicTensor& x, std::int64_t stride, const std::string& name) {
    return AveragePooling2D(3, {.strides = stride, .padding = stride == 1 ? "same" : "valid", .name = name})(x);
}

SymbolicTensor add(const SymbolicTensor& x, const SymbolicTensor& y, const std::string& name = {}) {
    return Add({.name = name})({x, y});
}

/// ReLU, separable convolution, normalization, twice; the first has the stride.
SymbolicTensor separable(SymbolicTensor x, std::int64_t filters, std::int64_t kernel_size, std::int64_t stride,
                         const std::string& id) {
    x = relu(x);
    if (stride == 2) x = ZeroPadding2D(correct_pad(x, kernel_size), {.name = "separable_conv_1_pad_" + id})(x);
    x = SeparableConv2D(filters, kernel_size,
                        {.strides = stride,
                         .padding = stride == 2 ? "valid" : "same",
                         .use_bias = false,
                         .name = "separable_conv_1_" + id})(x);
    x = relu(nasnet_normalization(x, "separable_conv_1_bn_" + id));
    x = SeparableConv2D(filters, kernel_size,
                        {.padding = "same", .use_bias = false, .name = "separable_conv_2_" + id})(x);
    return nasnet_normalization(x, "separable_conv_2_bn_" + id);
}

/// A map and the one before it, which may not exist yet (an empty tensor).
struct Maps {
    SymbolicTensor now;
    SymbolicTensor before;
};

/// The map before, brought to this one's size: two halves of the filters, from places shifted by one.
SymbolicTensor halved(SymbolicTensor x, std::int64_t filters, const std::string& id) {
    const auto half = [&](const SymbolicTensor& from, const std::string& number) {
        const SymbolicTensor picked =
            AveragePooling2D(1, {.strides = 2, .name = "adjust_avg_pool_" + number + "_" + id})(from);
        return nasnet_convolution1x1(picked, filters / 2, "adjust_conv_" + number + "_" + id);
    };
    x = relu(x, "adjust_relu_1_" + id);
    const SymbolicTensor first = half(x, "1");
    const SymbolicTensor shifted = Cropping2D({1, 0, 1, 0})(ZeroPadding2D({0, 1, 0, 1})(x));
    const SymbolicTensor second = half(shifted, "2");
    return nasnet_normalization(Concatenate()({first, second}), "adjust_bn_" + id);
}

/// The map before, at this one's size and with these filters.
SymbolicTensor adjusted(const Maps& maps, std::int64_t filters, const std::string& id) {
    const SymbolicTensor& before = maps.before;
    if (!before.node()) return maps.now;
    if (before.shape()[2] != maps.now.shape()[2]) return halved(before, filters, id);
    if (channels(before) == filters) return before;
    return nasnet_normalization(nasnet_convolution1x1(relu(before), filters, "adjust_conv_projection_" + id),
                                "adjust_bn_" + id);
}

SymbolicTensor squeezed(const SymbolicTensor& x, std::int64_t filters, const std::string& cell, const std::string& id) {
    return nasnet_normalization(nasnet_convolution1x1(relu(x), filters, cell + "_conv_1_" + id), cell + "_bn_1_" + id);
}

Maps normal_cell(const Maps& maps, std::int64_t filters, const std::string& id) {
    const auto named = [&](const char* what) { return std::string("normal_") + what + "_" + id; };
    const SymbolicTensor p = adjusted(maps, filters, id);
    const SymbolicTensor h = squeezed(maps.now, filters, "normal", id);

    const SymbolicTensor left1 = separable(h, filters, 5, 1, named("left1"));
    const SymbolicTensor x1 = add(left1, separable(p, filters, 3, 1, named("right1")), named("add_1"));
    const SymbolicTensor left2 = separable(p, filters, 5, 1, named("left2"));
    const SymbolicTensor x2 = add(left2, separable(p, filters, 3, 1, named("right2")), named("add_2"));
    const SymbolicTensor x3 = add(average3x3(h, 1, named("left3")), p, named("add_3"));
    const SymbolicTensor left4 = average3x3(p, 1, named("left4"));
    const SymbolicTensor x4 = add(left4, average3x3(p, 1, named("right4")), named("add_4"));
    const SymbolicTensor x5 = add(separable(h, filters, 3, 1, named("left5")), h, named("add_5"));
    return {Concatenate({.name = named("concat")})({p, x1, x2, x3, x4, x5}), maps.now};
}

Maps reduction_cell(const Maps& maps, std::int64_t filters, const std::string& id) {
    const auto named = [&](const char* what) { return std::string("reduction_") + what + "_" + id; };
    const auto maximum = [&](const SymbolicTensor& x, const char* what) {
        return MaxPooling2D(3, {.strides = 2, .name = named(what)})(x);
    };
    const SymbolicTensor p = adjusted(maps, filters, id);
    const SymbolicTensor h = squeezed(maps.now, filters, "reduction", id);
    const SymbolicTensor padded = ZeroPadding2D(correct_pad(h, 3), {.name = named("pad_1")})(h);

    const SymbolicTensor left1 = separable(h, filters, 5, 2, named("left1"));
    const SymbolicTensor x1 = add(left1, separable(p, filters, 7, 2, named("right1")), named("add_1"));
    const SymbolicTensor left2 = maximum(padded, "left2");
    const SymbolicTensor x2 = add(left2, separable(p, filters, 7, 2, named("right2")), named("add_2"));
    const SymbolicTensor left3 = average3x3(padded, 2, named("left3"));
    const SymbolicTensor x3 = add(left3, separable(p, filters, 5, 2, named("right3")), named("add3"));
    const SymbolicTensor x4 = add(x2, average3x3(x1, 1, named("left4")));
    const SymbolicTensor left5 = separable(x1, filters, 3, 1, named("left4"));
    const SymbolicTensor x5 = add(left5, maximum(padded, "right5"), named("add4"));
    return {Concatenate({.name = named("concat")})({x2, x3, x4, x5}), maps.now};
}

struct NasNetVariant {
    std::int64_t penultimate_filters;
    int repeats;  // normal cells between two reductions
    std::int64_t stem_filters;
    bool skips_reduction;  // a cell after a reduction sees the map before the reduction, not the reduction's
    std::int64_t size;
};

Model nasnet(const std::string& name, const NasNetVariant& variant, const Options& options) {
    const Build build(name, options, variant.size, 32);
    const std::int64_t filters = variant.penultimate_filters / 24;

    const SymbolicTensor stem = Conv2D(
        variant.stem_filters, 3,
        {.strides = 2, .use_bias = false, .kernel_initializer = "he_normal", .name = "stem_conv1"})(build.input());
    Maps maps{nasnet_normalization(stem, "stem_bn1"), {}};
    maps = reduction_cell(maps, filters / 4, "stem_1");
    maps = reduction_cell(maps, filters / 2, "stem_2");
    for (int stage = 0; stage < 3; ++stage) {
        if (stage > 0) {
            // Named after the number of normal cells before it.
            const std::string reduction = "reduce_" + std::to_string(stage * variant.repeats);
            Maps reduced = reduction_cell(maps, filters << stage, reduction);
            if (variant.skips_reduction) reduced.before = maps.before;
            maps = reduced;
        }
        // Keras leaves out one number, after the first stage.
        const int first = stage * variant.repeats + (stage > 0 ? 1 : 0);
        for (int i = 0; i < variant.repeats; ++i) {
            maps = normal_cell(maps, filters << stage, std::to_string(first + i));
        }
    }
    return build.finish(relu(maps.now));
}

}  // namespace

Model NASNetMobile(const Options& options) {
    Options sized = options;
    if (!sized.include_top && sized.input_shape.rank() == 0) sized.input_shape = {224, 224, 3};
    return nasnet("nasnet_mobile", {1056, 4, 32, false, 224}, sized);
}
Model NASNetLarge(const Options& options) { return nasnet("nasnet_large", {4032, 6, 96, true, 331}, options); }

}  // namespace markhor::applications
