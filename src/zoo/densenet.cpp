// DenseNet121, 169 and 201: table 1 of the paper, growth rate 32. Every layer sees the maps of all before it in its
// block.
#include <array>

#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

constexpr std::int64_t growth_rate = 32;

SymbolicTensor active(const SymbolicTensor& x, const std::string& name) {
    const std::string prefix = name.empty() ? name : name + "_";
    return relu(BatchNormalization({.epsilon = 1.001e-5, .name = prefix + "bn"})(x), prefix + "relu");
}

SymbolicTensor dense_layer(const SymbolicTensor& x, const std::string& name) {
    SymbolicTensor grown = active(x, name + "_0");
    grown = Conv2D(4 * growth_rate, 1, {.use_bias = false, .name = name + "_1_conv"})(grown);
    grown = active(grown, name + "_1");
    grown = Conv2D(growth_rate, 3, {.padding = "same", .use_bias = false, .name = name + "_2_conv"})(grown);
    return Concatenate({.name = name + "_concat"})({x, grown});
}

/// Half the channels and half the size.
SymbolicTensor transition(SymbolicTensor x, const std::string& name) {
    x = active(x, name);
    x = Conv2D(channels(x) / 2, 1, {.use_bias = false, .name = name + "_conv"})(x);
    return AveragePooling2D(2, {.strides = 2, .name = name + "_pool"})(x);
}

Model densenet(const std::string& name, const std::array<int, 4>& depths, const Options& options) {
    const Build build(name, options, 224, 32);
    SymbolicTensor x = ZeroPadding2D(3)(build.input());
    x = Conv2D(64, 7, {.strides = 2, .use_bias = false, .name = "conv1_conv"})(x);
    x = active(x, "conv1");
    x = ZeroPadding2D(1)(x);
    x = MaxPooling2D(3, {.strides = 2, .name = "pool1"})(x);
    for (std::size_t i = 0; i < depths.size(); ++i) {
        const std::string number = std::to_string(i + 2);
        for (int j = 1; j <= depths[i]; ++j) x = dense_layer(x, "conv" + number + "_block" + std::to_string(j));
        if (i + 1 < depths.size()) x = transition(x, "pool" + number);
    }
    x = active(x, "");
    return build.finish(x, {.avg = "avg_pool", .max = "max_pool"});
}

}  // namespace

Model DenseNet121(const Options& options) { return densenet("densenet121", {6, 12, 24, 16}, options); }
Model DenseNet169(const Options& options) { return densenet("densenet169", {6, 12, 32, 32}, options); }
Model DenseNet201(const Options& options) { return densenet("densenet201", {6, 12, 48, 32}, options); }

}  // namespace markhor::applications
