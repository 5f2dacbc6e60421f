// Networks by their names, for what takes a name: the command, and tests of all of them.
#include <algorithm>
#include <array>
#include <markhor/applications.hpp>
#include <markhor/error.hpp>

namespace markhor::applications {
namespace {

struct Network {
    const char* name;
    Model (*make)(const Options&);
    const char* mode;  // of preprocess_input
};

/// A network whose options begin with those that all have.
template <class Special, Model (*Function)(const Special&)>
Model special(const Options& options) {
    return Function({.include_top = options.include_top,
                     .weights = options.weights,
                     .input_shape = options.input_shape,
                     .pooling = options.pooling,
                     .classes = options.classes,
                     .classifier_activation = options.classifier_activation,
                     .name = options.name});
}

constexpr std::array networks = std::to_array<Network>({
    {"VGG16", VGG16, "caffe"},
    {"VGG19", VGG19, "caffe"},
    {"ResNet50", ResNet50, "caffe"},
    {"ResNet101", ResNet101, "caffe"},
    {"ResNet152", ResNet152, "caffe"},
    {"ResNet50V2", ResNet50V2, "tf"},
    {"ResNet101V2", ResNet101V2, "tf"},
    {"ResNet152V2", ResNet152V2, "tf"},
    {"MobileNet", special<MobileNetOptions, MobileNet>, "tf"},
    {"MobileNetV2", special<MobileNetV2Options, MobileNetV2>, "tf"},
    {"MobileNetV3Small", special<MobileNetV3Options, MobileNetV3Small>, "none"},
    {"MobileNetV3Large", special<MobileNetV3Options, MobileNetV3Large>, "none"},
    {"EfficientNetB0", EfficientNetB0, "none"},
    {"EfficientNetB1", EfficientNetB1, "none"},
    {"EfficientNetB2", EfficientNetB2, "none"},
    {"EfficientNetB3", EfficientNetB3, "none"},
    {"EfficientNetB4", EfficientNetB4, "none"},
    {"EfficientNetB5", EfficientNetB5, "none"},
    {"EfficientNetB6", EfficientNetB6, "none"},
    {"EfficientNetB7", EfficientNetB7, "none"},
    {"EfficientNetV2B0", special<PreprocessingOptions, EfficientNetV2B0>, "none"},
    {"EfficientNetV2B1", special<PreprocessingOptions, EfficientNetV2B1>, "none"},
    {"EfficientNetV2B2", special<PreprocessingOptions, EfficientNetV2B2>, "none"},
    {"EfficientNetV2B3", special<PreprocessingOptions, EfficientNetV2B3>, "none"},
    {"EfficientNetV2S", special<PreprocessingOptions, EfficientNetV2S>, "none"},
    {"EfficientNetV2M", special<PreprocessingOptions, EfficientNetV2M>, "none"},
    {"EfficientNetV2L", special<PreprocessingOptions, EfficientNetV2L>, "none"},
    {"DenseNet121", DenseNet121, "torch"},
    {"DenseNet169", DenseNet169, "torch"},
    {"DenseNet201", DenseNet201, "torch"},
    {"InceptionV3", InceptionV3, "tf"},
    {"InceptionResNetV2", InceptionResNetV2, "tf"},
    {"Xception", Xception, "tf"},
    {"NASNetMobile", NASNetMobile, "tf"},
    {"NASNetLarge", NASNetLarge, "tf"},
    {"ConvNeXtTiny", special<PreprocessingOptions, ConvNeXtTiny>, "none"},
    {"ConvNeXtSmall", special<PreprocessingOptions, ConvNeXtSmall>, "none"},
    {"ConvNeXtBase", special<PreprocessingOptions, ConvNeXtBase>, "none"},
    {"ConvNeXtLarge", special<PreprocessingOptions, ConvNeXtLarge>, "none"},
    {"ConvNeXtXLarge", special<PreprocessingOptions, ConvNeXtXLarge>, "none"},
});

const Network& named(const std::string& name) {
    const auto* const found =
        std::ranges::find(networks, name, [](const Network& network) { return std::string(network.name); });
    if (found != networks.end()) return *found;
    std::string known;
    for (const Network& network : networks) known += (known.empty() ? "" : ", ") + std::string(network.name);
    throw ValueError("no network is named '" + name + "'; there are: " + known);
}

}  // namespace

std::vector<std::string> network_names() {
    std::vector<std::string> names;
    names.reserve(std::size(networks));
    for (const Network& network : networks) names.emplace_back(network.name);
    return names;
}

Model make_network(const std::string& name, const Options& options) { return named(name).make(options); }

std::string preprocess_mode(const std::string& network) { return named(network).mode; }

}  // namespace markhor::applications
