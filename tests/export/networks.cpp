#include "export/networks.hpp"

#include <markhor/layers.hpp>
#include <random>

namespace markhor::test {
namespace {

using namespace layers;

Model images() {
    const auto x = Input({15, 14, 3}, {.name = "photo"});
    auto y = Conv2D(8, {3, 3}, {.strides = 2, .padding = "same", .use_bias = false})(x);
    y = BatchNormalization()(y);
    y = ReLU({.max_value = 6.0})(y);
    const auto shortcut = y;
    y = DepthwiseConv2D({3, 3}, {.padding = "same", .depth_multiplier = 2, .activation = "silu"})(y);
    const auto squeezed = Dense(16, {.activation = "hard_sigmoid"})(GlobalAveragePooling2D({.keepdims = true})(y));
    y = Multiply()({y, squeezed});
    y = Conv2D(8, {1, 1}, {.groups = 4})(y);
    y = Add()({y, shortcut});
    y = Concatenate()({MaxPooling2D({3, 3}, {.strides = 1, .padding = "same"})(y),
                       AveragePooling2D({3, 3}, {.strides = 1, .padding = "same"})(y)});
    y = LayerNormalization()(y);
    y = BatchNormalization()(y);
    y = Softmax()(y);
    return Model({.inputs = {x}, .outputs = {y, GlobalMaxPooling2D()(y)}, .name = "images"});
}

Model decoder() {
    const auto x = Input({5, 4, 6});
    auto y = Conv2DTranspose(4, {3, 3}, {.strides = 2, .padding = "same", .activation = "elu"})(x);
    y = UpSampling2D({2, 2})(y);
    y = UpSampling2D({2, 2}, {.interpolation = "bilinear"})(y);
    y = ZeroPadding2D({1, 2})(y);
    y = Cropping2D({2, 1, 0, 3})(y);
    y = PReLU({.shared_axes = {1, 2}})(y);
    y = Permute({2, 1, 3})(y);
    return Model({.inputs = {x}, .outputs = {y}, .name = "decoder"});
}

Model signals() {
    const auto x = Input({12, 5}), z = Input({12, 5});
    auto y = Conv1D(6, 3, {.padding = "causal", .dilation_rate = 2, .activation = "gelu"})(x);
    y = MaxPooling1D(2)(y);
    const auto other = AveragePooling1D(2)(Conv1D(6, 1, {.activation = "tanh"})(z));
    const auto dot = Dot({2, 2}, {.normalize = true})({y, other});
    const auto difference = Subtract()({y, other});
    const auto most = Maximum()({y, other});
    y = Concatenate()({Flatten()(dot), Flatten()(difference), Flatten()(most)});
    y = Dense(4)(RepeatVector(3)(Dense(7, {.activation = "softsign"})(y)));
    return Model({.inputs = {x, z}, .outputs = {y}, .name = "signals"});
}

Model volumes() {
    return Sequential({Input({6, 5, 4, 2}), Conv3D(4, {2, 3, 2}, {.activation = "leaky_relu"}), MaxPooling3D({2, 2, 2}),
                       GroupNormalization({.groups = 2}), Reshape({2, -1}), UnitNormalization(), Flatten(),
                       Dense(3, {.activation = "log_softmax"})},
                      {.name = "volumes"});
}

// One after the other they would flatten the signal: side by side.
Model activations() {
    const auto x = Input({40});
    std::vector<SymbolicTensor> parts;
    for (const char* const name :
         {"relu",        "relu6",          "sigmoid",     "tanh",        "softplus",  "selu",        "silu",
          "hard_silu",   "mish",           "exponential", "log_sigmoid", "celu",      "hard_shrink", "soft_shrink",
          "sparse_plus", "sparse_sigmoid", "squareplus",  "tanh_shrink", "hard_tanh", "glu"}) {
        parts.push_back(Activation(name)(x));
    }
    parts.push_back(ReLU({.max_value = 1.5, .negative_slope = 0.1, .threshold = 0.25})(x));
    parts.push_back(ReLU({.negative_slope = 0.2, .threshold = 0.5})(x));
    return Model({.inputs = {x}, .outputs = {Concatenate()(parts)}, .name = "activations"});
}

}  // namespace

Tensor example(const Shape& shape, std::uint32_t seed) {
    std::minstd_rand random(seed + 1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    Tensor values(shape, DType::float32);
    for (float& value : values.data<float>()) value = uniform(random);
    return values;
}

std::vector<Model> networks_to_export() {
    clear_session();
    set_random_seed(3);
    std::vector<Model> models = {images(), decoder(), signals(), volumes(), activations()};
    std::uint32_t seed = 0;
    for (const Model& model : models) {
        for (const VariablePtr& weight : model.weights()) {
            if (weight->path.find("kernel") != std::string::npos) continue;
            const Tensor values = example(weight->value.shape(), ++seed);
            const bool positive = weight->path.ends_with("variance") || weight->path.ends_with("gamma");
            for (std::size_t i = 0; i < values.data<float>().size(); ++i) {
                const float value = values.data<float>()[i];
                weight->value.data<float>()[i] = positive ? 1 + value / 2 : value / 4;
            }
        }
    }
    return models;
}

}  // namespace markhor::test
