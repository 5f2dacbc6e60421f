// A layer of your own, saved in a .keras file and read again: squeeze-and-excitation (Hu et al., 2018), made of layers.
#include <cstdio>
#include <filesystem>
#include <markhor/markhor.hpp>
namespace keras = markhor;
using namespace markhor::layers;

// In Python this is a class SqueezeExcite with self.squeeze and self.excite, registered with
// keras.saving.register_keras_serializable(package="Examples").
const keras::CustomObject squeeze_excite = {
    .call =
        [](const std::vector<keras::SymbolicTensor>& inputs, const keras::CustomConfig& config) {
            const auto& x = inputs[0];
            const auto channels = x.shape().back();
            auto weight = GlobalAveragePooling2D({.keepdims = true})(x);
            weight = Dense(channels / config.integer("ratio"), {.activation = "relu", .name = "squeeze"})(weight);
            weight = Dense(channels, {.activation = "sigmoid", .name = "excite"})(weight);
            return std::vector<keras::SymbolicTensor>{Multiply()({x, weight})};
        },
    .defaults = {{"ratio", std::int64_t{4}}},
    .package = "Examples",
};

int main() {
    const auto image = keras::Input({8, 8, 3});
    auto x = Conv2D(16, {3, 3}, {.activation = "relu"})(image);
    x = keras::custom_layer("SqueezeExcite", squeeze_excite, {{"ratio", std::int64_t{2}}})(x);
    const keras::Model model({.inputs = {image}, .outputs = {Dense(2)(GlobalAveragePooling2D()(x))}});

    const auto file = std::filesystem::temp_directory_path() / "markhor_custom_layer.keras";
    model.save(file);
    const auto again = keras::load_model(file, {.custom_objects = {{"SqueezeExcite", squeeze_excite}}});

    const auto input = keras::Tensor::full({1, 8, 8, 3}, 0.5F);
    const bool same = model.predict(input).data<float>()[0] == again.predict(input).data<float>()[0];
    std::printf("%s: %lld parameters, predictions %s\n", again.get_layer("squeeze_excite").class_name().c_str(),
                static_cast<long long>(again.count_params()), same ? "equal" : "differ");
    std::filesystem::remove(file);
}
