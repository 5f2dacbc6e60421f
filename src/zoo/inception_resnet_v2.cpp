// InceptionResNetV2: figure 15 of the paper, its blocks those of figures 16 to 19 with the right-hand widths. The layer
// that adds a scaled residual is Keras's CustomScaleLayer.
#include <markhor/error.hpp>

#include "layers/defined_in.hpp"
#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"
#include "zoo/inception.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

/// input 0 + scale input 1, of equal shapes.
class CustomScaleLayer final : public LayerBase, public DefinedIn {
public:
    explicit CustomScaleLayer(double scale = 1.0)
        : DefinedIn("keras.src.applications.inception_resnet_v2"), scale_(scale) {}
    std::string_view class_name() const override { return "CustomScaleLayer"; }
    void describe(FieldVisitor& visitor) override { visitor.field("scale", scale_); }

    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override {
        if (inputs.size() != 2 || inputs[0] != inputs[1]) throw ShapeError("takes two inputs of one shape");
        return {inputs[0]};
    }
    std::vector<graph::Value> call(CallContext& context, std::span<const graph::Value> inputs) const override {
        const graph::Value scaled = ops::unary(context.graph, ops::UnaryKind::scale, inputs[1], scale_);
        return {ops::add(context.graph, inputs[0], scaled)};
    }

private:
    double scale_;
};

const RegisterLayer<CustomScaleLayer> register_custom_scale("CustomScaleLayer");

/// x + scale (1x1 convolution of the branches), the paper's way to keep wide residual networks from dying in training.
SymbolicTensor residual(const SymbolicTensor& x, const std::vector<SymbolicTensor>& branches, double scale,
                        const std::string& name, bool activates = true) {
    const SymbolicTensor mixed = Concatenate({.name = name + "_mixed"})(branches);
    const SymbolicTensor up = Conv2D(channels(x), 1, {.padding = "same", .name = name + "_conv"})(mixed);
    const Layer add(make_layer<CustomScaleLayer>("", scale));
    const SymbolicTensor sum = add({x, up});
    return activates ? relu(sum, name + "_ac") : sum;
}

SymbolicTensor block35(const SymbolicTensor& x, const std::string& name) {
    const SymbolicTensor branch0 = convolution_unit(x, 32, 1);
    SymbolicTensor branch1 = convolution_unit(x, 32, 1);
    branch1 = convolution_unit(branch1, 32, 3);
    SymbolicTensor branch2 = convolution_unit(x, 32, 1);
    branch2 = convolution_unit(branch2, 48, 3);
    branch2 = convolution_unit(branch2, 64, 3);
    return residual(x, {branch0, branch1, branch2}, 0.17, name);
}

SymbolicTensor block17(const SymbolicTensor& x, const std::string& name) {
    const SymbolicTensor branch0 = convolution_unit(x, 192, 1);
    SymbolicTensor branch1 = convolution_unit(x, 128, 1);
    branch1 = convolution_unit(branch1, 160, {1, 7});
    branch1 = convolution_unit(branch1, 192, {7, 1});
    return residual(x, {branch0, branch1}, 0.1, name);
}

SymbolicTensor block8(const SymbolicTensor& x, double scale, const std::string& name, bool activates) {
    const SymbolicTensor branch0 = convolution_unit(x, 192, 1);
    SymbolicTensor branch1 = convolution_unit(x, 192, 1);
    branch1 = convolution_unit(branch1, 224, {1, 3});
    branch1 = convolution_unit(branch1, 256, {3, 1});
    return residual(x, {branch0, branch1}, scale, name, activates);
}

/// A unit that halves the size.
SymbolicTensor halving_unit(const SymbolicTensor& x, std::int64_t filters) {
    return convolution_unit(x, filters, 3, {.strides = 2, .padding = "valid"});
}

SymbolicTensor inception_a(const SymbolicTensor& x) {
    const SymbolicTensor branch0 = convolution_unit(x, 96, 1);
    SymbolicTensor branch1 = convolution_unit(x, 48, 1);
    branch1 = convolution_unit(branch1, 64, 5);
    SymbolicTensor branch2 = convolution_unit(x, 64, 1);
    branch2 = convolution_unit(branch2, 96, 3);
    branch2 = convolution_unit(branch2, 96, 3);
    const SymbolicTensor pool = convolution_unit(average3x3(x), 64, 1);
    return Concatenate({.name = "mixed_5b"})({branch0, branch1, branch2, pool});
}

SymbolicTensor reduction_a(const SymbolicTensor& x) {
    const SymbolicTensor branch0 = halving_unit(x, 384);
    SymbolicTensor branch1 = convolution_unit(x, 256, 1);
    branch1 = convolution_unit(branch1, 256, 3);
    branch1 = halving_unit(branch1, 384);
    return Concatenate({.name = "mixed_6a"})({branch0, branch1, MaxPooling2D(3, {.strides = 2})(x)});
}

SymbolicTensor reduction_b(const SymbolicTensor& x) {
    SymbolicTensor branch0 = convolution_unit(x, 256, 1);
    branch0 = halving_unit(branch0, 384);
    SymbolicTensor branch1 = convolution_unit(x, 256, 1);
    branch1 = halving_unit(branch1, 288);
    SymbolicTensor branch2 = convolution_unit(x, 256, 1);
    branch2 = convolution_unit(branch2, 288, 3);
    branch2 = halving_unit(branch2, 320);
    return Concatenate({.name = "mixed_7a"})({branch0, branch1, branch2, MaxPooling2D(3, {.strides = 2})(x)});
}

}  // namespace

Model InceptionResNetV2(const Options& options) {
    const Build build("inception_resnet_v2", options, 299, 75);
    SymbolicTensor x = inception_stem(build.input());
    x = inception_a(x);
    for (int i = 1; i <= 10; ++i) x = block35(x, "block35_" + std::to_string(i));
    x = reduction_a(x);
    for (int i = 1; i <= 20; ++i) x = block17(x, "block17_" + std::to_string(i));
    x = reduction_b(x);
    for (int i = 1; i <= 9; ++i) x = block8(x, 0.2, "block8_" + std::to_string(i), true);
    x = block8(x, 1.0, "block8_10", false);
    x = convolution_unit(x, 1536, 1, {.name = "conv_7b"});
    return options.include_top ? build.finish(x, {.avg = "avg_pool"}) : build.finish(x);
}

}  // namespace markhor::applications
