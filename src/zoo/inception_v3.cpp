// InceptionV3: table 1 of the paper, its blocks those of figures 5 to 7.
#include "zoo/inception.hpp"

namespace markhor::applications {

using namespace markhor::layers;

SymbolicTensor convolution_unit(const SymbolicTensor& x, std::int64_t filters, Ints kernel_size,
                                const ConvolutionUnitOptions& options) {
    const auto named = [&](const char* suffix) { return options.name.empty() ? std::string() : options.name + suffix; };
    SymbolicTensor y =
        Conv2D(filters, std::move(kernel_size),
               {.strides = options.strides, .padding = options.padding, .use_bias = false, .name = options.name})(x);
    y = BatchNormalization({.scale = false, .name = named("_bn")})(y);
    return relu(y, named("_ac"));
}

SymbolicTensor average3x3(const SymbolicTensor& x) { return AveragePooling2D(3, {.strides = 1, .padding = "same"})(x); }

SymbolicTensor inception_stem(const SymbolicTensor& image) {
    SymbolicTensor x = convolution_unit(image, 32, 3, {.strides = 2, .padding = "valid"});
    x = convolution_unit(x, 32, 3, {.padding = "valid"});
    x = convolution_unit(x, 64, 3);
    x = MaxPooling2D(3, {.strides = 2})(x);
    x = convolution_unit(x, 80, 1, {.padding = "valid"});
    x = convolution_unit(x, 192, 3, {.padding = "valid"});
    return MaxPooling2D(3, {.strides = 2})(x);
}

namespace {

/// A unit that halves the size.
SymbolicTensor halving_convolution(const SymbolicTensor& x, std::int64_t filters) {
    return convolution_unit(x, filters, 3, {.strides = 2, .padding = "valid"});
}

/// Figure 5, where one of the branches is still a 5x5.
SymbolicTensor block35(const SymbolicTensor& x, std::int64_t pool_filters, const std::string& name) {
    const SymbolicTensor branch1x1 = convolution_unit(x, 64, 1);
    SymbolicTensor branch5x5 = convolution_unit(x, 48, 1);
    branch5x5 = convolution_unit(branch5x5, 64, 5);
    SymbolicTensor branch3x3 = convolution_unit(x, 64, 1);
    branch3x3 = convolution_unit(branch3x3, 96, 3);
    branch3x3 = convolution_unit(branch3x3, 96, 3);
    const SymbolicTensor pool = convolution_unit(average3x3(x), pool_filters, 1);
    return Concatenate({.name = name})({branch1x1, branch5x5, branch3x3, pool});
}

SymbolicTensor reduction35(const SymbolicTensor& x, const std::string& name) {
    const SymbolicTensor branch3x3 = halving_convolution(x, 384);
    SymbolicTensor branch3x3dbl = convolution_unit(x, 64, 1);
    branch3x3dbl = convolution_unit(branch3x3dbl, 96, 3);
    branch3x3dbl = halving_convolution(branch3x3dbl, 96);
    return Concatenate({.name = name})({branch3x3, branch3x3dbl, MaxPooling2D(3, {.strides = 2})(x)});
}

/// Figure 6: 7x7 kernels as 1x7 and 7x1.
SymbolicTensor block17(const SymbolicTensor& x, std::int64_t filters, const std::string& name) {
    const SymbolicTensor branch1x1 = convolution_unit(x, 192, 1);
    SymbolicTensor branch7x7 = convolution_unit(x, filters, 1);
    branch7x7 = convolution_unit(branch7x7, filters, {1, 7});
    branch7x7 = convolution_unit(branch7x7, 192, {7, 1});
    SymbolicTensor branch7x7dbl = convolution_unit(x, filters, 1);
    branch7x7dbl = convolution_unit(branch7x7dbl, filters, {7, 1});
    branch7x7dbl = convolution_unit(branch7x7dbl, filters, {1, 7});
    branch7x7dbl = convolution_unit(branch7x7dbl, filters, {7, 1});
    branch7x7dbl = convolution_unit(branch7x7dbl, 192, {1, 7});
    const SymbolicTensor pool = convolution_unit(average3x3(x), 192, 1);
    return Concatenate({.name = name})({branch1x1, branch7x7, branch7x7dbl, pool});
}

SymbolicTensor reduction17(const SymbolicTensor& x, const std::string& name) {
    SymbolicTensor branch3x3 = convolution_unit(x, 192, 1);
    branch3x3 = halving_convolution(branch3x3, 320);
    SymbolicTensor branch7x7x3 = convolution_unit(x, 192, 1);
    branch7x7x3 = convolution_unit(branch7x7x3, 192, {1, 7});
    branch7x7x3 = convolution_unit(branch7x7x3, 192, {7, 1});
    branch7x7x3 = halving_convolution(branch7x7x3, 192);
    return Concatenate({.name = name})({branch3x3, branch7x7x3, MaxPooling2D(3, {.strides = 2})(x)});
}

/// A 1x3 and a 3x1 beside each other.
SymbolicTensor crossed(const SymbolicTensor& x, const std::string& name) {
    const SymbolicTensor row = convolution_unit(x, 384, {1, 3});
    const SymbolicTensor column = convolution_unit(x, 384, {3, 1});
    return Concatenate({.name = name})({row, column});
}

/// Figure 7: wide, for the smallest maps.
SymbolicTensor block8(const SymbolicTensor& x, const std::string& name, const std::string& crossed_name) {
    const SymbolicTensor branch1x1 = convolution_unit(x, 320, 1);
    const SymbolicTensor branch3x3 = crossed(convolution_unit(x, 384, 1), crossed_name);
    SymbolicTensor branch3x3dbl = convolution_unit(x, 448, 1);
    branch3x3dbl = crossed(convolution_unit(branch3x3dbl, 384, 3), "");
    const SymbolicTensor pool = convolution_unit(average3x3(x), 192, 1);
    return Concatenate({.name = name})({branch1x1, branch3x3, branch3x3dbl, pool});
}

}  // namespace

Model InceptionV3(const Options& options) {
    const Build build("inception_v3", options, 299, 75);
    SymbolicTensor x = inception_stem(build.input());
    x = block35(x, 32, "mixed0");
    x = block35(x, 64, "mixed1");
    x = block35(x, 64, "mixed2");
    x = reduction35(x, "mixed3");
    x = block17(x, 128, "mixed4");
    x = block17(x, 160, "mixed5");
    x = block17(x, 160, "mixed6");
    x = block17(x, 192, "mixed7");
    x = reduction17(x, "mixed8");
    x = block8(x, "mixed9", "mixed9_0");
    x = block8(x, "mixed10", "mixed9_1");
    return options.include_top ? build.finish(x, {.avg = "avg_pool"}) : build.finish(x);
}

}  // namespace markhor::applications
