// ConvNeXt Tiny to XLarge: figure 4 of the paper, widths and depths from its section 3, and the two layers that Keras's
// module has of its own: LayerScale and StochasticDepth.
#include <array>
#include <markhor/error.hpp>

#include "layers/defined_in.hpp"
#include "layers/single_input.hpp"
#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/random.hpp"
#include "ops/shape_ops.hpp"
#include "zoo/build.hpp"

namespace markhor::applications {

using namespace markhor::layers;

namespace {

/// x gamma, one gamma a channel, which starts near 0 (Touvron et al., 2021).
class LayerScale final : public SingleInputLayer, public DefinedIn {
public:
    LayerScale() : LayerScale(1e-6, 1) {}
    LayerScale(double init_values, std::int64_t projection_dim)
        : DefinedIn("keras.src.applications.convnext"), init_values_(init_values), projection_dim_(projection_dim) {}
    std::string_view class_name() const override { return "LayerScale"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("init_values", init_values_);
        visitor.field("projection_dim", projection_dim_);
    }
    void check() const override { check_at_least("projection_dim", projection_dim_); }
    bool has_build() const override { return true; }
    Shape output_shape(const Shape& input) const override {
        if (input.rank() < 2 || input.back() != projection_dim_) {
            throw ShapeError("takes " + std::to_string(projection_dim_) + " channels; an input of shape " +
                             input.str() + " came");
        }
        return input;
    }
    void build_for(const Shape& /*input*/) override {
        gamma_ = add_weight(unique_name("Variable"), {projection_dim_}, initializers::Constant(init_values_));
    }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        Shape shape(std::vector<std::int64_t>(graph.spec(x).shape.rank(), 1));
        shape[shape.rank() - 1] = projection_dim_;
        return ops::multiply(graph, x, ops::reshape(graph, graph.variable(gamma_), shape));
    }

private:
    double init_values_;
    std::int64_t projection_dim_;
    VariablePtr gamma_;
};

/// In training, sets whole examples to 0 with probability drop_path_rate and divides the others by what is left of 1.
class StochasticDepth final : public SingleInputLayer, public DefinedIn {
public:
    StochasticDepth() : DefinedIn("keras.src.applications.convnext") {}
    std::string_view class_name() const override { return "StochasticDepth"; }
    void describe(FieldVisitor& visitor) override { visitor.field("drop_path_rate", drop_path_rate_); }
    void check() const override {
        if (drop_path_rate_ >= 0 && drop_path_rate_ <= 1) return;
        throw ValueError("drop_path_rate is " + ops::text(drop_path_rate_) + "; a number from 0 to 1 is wanted");
    }
    Shape output_shape(const Shape& input) const override { return input; }
    graph::Value call_on(CallContext& context, graph::Value x) const override {
        if (!context.training || drop_path_rate_ == 0) return x;
        const Shape& shape = context.graph.spec(x).shape;
        Shape examples(std::vector<std::int64_t>(shape.rank(), 1));
        examples[0] = shape[0];
        return ops::dropout(context.graph, x, context.seed, drop_path_rate_, examples, context.next_stream());
    }

private:
    double drop_path_rate_ = 0;
};

const RegisterLayer<LayerScale> register_layer_scale("LayerScale");
const RegisterLayer<StochasticDepth> register_stochastic_depth("StochasticDepth");

SymbolicTensor layer_normalization(const SymbolicTensor& x, const std::string& name = {}) {
    return LayerNormalization({.epsilon = 1e-6, .name = name})(x);
}

/// A 7x7 depthwise convolution, then two layers over the channels, four times as wide between.
SymbolicTensor block(const SymbolicTensor& input, const std::string& name) {
    const std::int64_t filters = channels(input);
    SymbolicTensor x =
        Conv2D(filters, 7, {.padding = "same", .groups = filters, .name = name + "_depthwise_conv"})(input);
    x = layer_normalization(x, name + "_layernorm");
    x = Dense(4 * filters, {.name = name + "_pointwise_conv_1"})(x);
    x = Activation("gelu", {.name = name + "_gelu"})(x);
    x = Dense(filters, {.name = name + "_pointwise_conv_2"})(x);
    x = Layer(make_layer<LayerScale>(name + "_layer_scale", 1e-6, filters))(x);
    x = Activation("linear", {.name = name + "_identity"})(x);
    return input + x;
}

SymbolicTensor preprocessed(const SymbolicTensor& image, const std::string& name) {
    constexpr auto square = [](double x) { return x * x; };
    return Normalization({.mean = {0.485 * 255, 0.456 * 255, 0.406 * 255},
                          .variance = {square(0.229 * 255), square(0.224 * 255), square(0.225 * 255)},
                          .name = name + "_prestem_normalization"})(image);
}

struct Variant {
    int depth;  // blocks of the third stage; the others have 3
    std::int64_t width;
};

Model convnext(const std::string& name, const Variant& variant, const PreprocessingOptions& options) {
    const Build build(name, options, 224, 32);
    const std::string& prefix = build.name();
    const auto stage = [&](std::size_t i) {
        const std::int64_t filters = variant.width << i;
        const LayerNormalizationOptions normalization = {
            .epsilon = 1e-6,
            .name = i == 0 ? prefix + "_stem_layernorm" : prefix + "_downsampling_layernorm_" + std::to_string(i - 1)};
        if (i == 0) {
            const Conv2D patches(filters, 4, {.strides = 4, .name = prefix + "_stem_conv"});
            return Sequential({patches, LayerNormalization(normalization)}, {.name = prefix + "_stem"});
        }
        const std::string number = std::to_string(i - 1);
        const Conv2D halving(filters, 2, {.strides = 2, .name = prefix + "_downsampling_conv_" + number});
        return Sequential({LayerNormalization(normalization), halving},
                          {.name = prefix + "_downsampling_block_" + number});
    };

    SymbolicTensor x = build.input();
    if (options.include_preprocessing && channels(x) == 3) x = preprocessed(x, prefix);
    const std::array<int, 4> depths = {3, 3, variant.depth, 3};
    for (std::size_t i = 0; i < depths.size(); ++i) {
        x = stage(i)(x);
        for (int j = 0; j < depths[i]; ++j) {
            x = block(x, prefix + "_stage_" + std::to_string(i) + "_block_" + std::to_string(j));
        }
    }
    if (!options.include_top) return build.model(layer_normalization(build.pooled(x)));
    x = GlobalAveragePooling2D({.name = prefix + "_head_gap"})(x);
    x = layer_normalization(x, prefix + "_head_layernorm");
    return build.model(
        Dense(options.classes, {.activation = options.classifier_activation, .name = prefix + "_head_dense"})(x));
}

}  // namespace

Model ConvNeXtTiny(const PreprocessingOptions& options) { return convnext("convnext_tiny", {9, 96}, options); }
Model ConvNeXtSmall(const PreprocessingOptions& options) { return convnext("convnext_small", {27, 96}, options); }
Model ConvNeXtBase(const PreprocessingOptions& options) { return convnext("convnext_base", {27, 128}, options); }
Model ConvNeXtLarge(const PreprocessingOptions& options) { return convnext("convnext_large", {27, 192}, options); }
Model ConvNeXtXLarge(const PreprocessingOptions& options) { return convnext("convnext_xlarge", {27, 256}, options); }

}  // namespace markhor::applications
