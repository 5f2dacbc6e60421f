// How a model takes its pixels, where nobody wrote it down: what its first layers do to numbers, and which network of
// keras.applications it is.
#include <algorithm>
#include <array>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/image_input.hpp>
#include <set>

#include "data/image_files.hpp"
#include "data/resize.hpp"
#include "insight/layer_graph.hpp"
#include "insight/model_parts.hpp"
#include "layers/operators.hpp"

namespace markhor {
namespace {

using insight::LayerNode;
using Numbers = std::vector<double>;

/// What the layers so far make of a pixel: scale * x + offset, of each channel or of all.
struct Line {
    Numbers scale = {1};
    Numbers offset = {0};

    void then(const Numbers& factor, const Numbers& added) {
        const std::size_t channels = std::max({scale.size(), offset.size(), factor.size(), added.size()});
        const auto at = [](const Numbers& numbers, std::size_t i) { return numbers[i % numbers.size()]; };
        Line next{.scale = Numbers(channels), .offset = Numbers(channels)};
        for (std::size_t i = 0; i < channels; ++i) {
            next.scale[i] = at(scale, i) * at(factor, i);
            next.offset[i] = at(offset, i) * at(factor, i) + at(added, i);
        }
        *this = std::move(next);
    }
    static double size_of(const Numbers& numbers) {
        double sum = 0;
        for (const double number : numbers) sum += std::abs(number);
        return sum / static_cast<double>(numbers.size());
    }
    bool changes() const { return std::abs(size_of(scale) - 1) > 0.02 || size_of(offset) > 0.02; }

    /// The numbers that such layers are meant for.
    std::string takes() const {
        const double steep = size_of(scale);
        const double moved = size_of(offset);
        if (steep <= 0.1 || (steep < 2 && moved > 16)) return "raw";  // 255 comes out near 1, or less a mean of pixels
        // What is this steep would make hundreds of pixels; from -1 to 1 where it moves them by as much.
        return std::abs(moved / steep - 1) < 0.02 && offset[0] > 0 ? "tf" : "1/255";
    }
};

Numbers numbers_of(const LayerNode& node, const char* key, double otherwise) {
    const auto found = node.config.find(key);
    if (found == node.config.end()) return {otherwise};
    Numbers numbers;
    const auto collect = [&](const auto& self, const nlohmann::json& value) -> void {
        if (value.is_number()) numbers.push_back(value.get<double>());
        if (value.is_array()) {
            for (const nlohmann::json& each : value) self(self, each);
        }
    };
    collect(collect, *found);
    return numbers.empty() ? Numbers{otherwise} : numbers;
}

Numbers values_or(const LayerNode& node, const char* weight, const char* key, double otherwise) {
    const std::vector<float> values = insight::values_of(*node.layer, weight);
    return values.empty() ? numbers_of(node, key, otherwise) : Numbers(values.begin(), values.end());
}

/// (x - mean) / sqrt(variance)
void standardize(Line& line, const Numbers& mean, const Numbers& variance) {
    Numbers factor;
    Numbers offset;
    for (std::size_t i = 0; i < std::max(mean.size(), variance.size()); ++i) {
        factor.push_back(1 / std::sqrt(std::max(variance[i % variance.size()], 1e-7)));
        offset.push_back(-mean[i % mean.size()] * factor.back());
    }
    line.then(factor, offset);
}

void operate(Line& line, const layers::Operator& op) {
    const std::string_view name = op.class_name();
    const auto& arguments = op.arguments();
    const bool number_first = !arguments.empty() && arguments[0].has_value();
    const double number = number_first ? *arguments[0] : arguments.size() > 1 ? arguments[1].value_or(0) : 0;
    if (name == "Add") return line.then({1}, {number});
    if (name == "Subtract") return number_first ? line.then({-1}, {number}) : line.then({1}, {-number});
    if (name == "Multiply") return line.then({number}, {0});
    if (name == "Divide" || name == "TrueDivide") line.then({1 / number}, {0});
}

/// A number for each pixel, whatever stands where: size, place, order and noise.
bool keeps_scale(const std::string& name) {
    static const std::set<std::string> others = {"InputLayer",
                                                 "Resizing",
                                                 "CenterCrop",
                                                 "ZeroPadding2D",
                                                 "Cropping2D",
                                                 "Identity",
                                                 "Dropout",
                                                 "Reshape",
                                                 "Permute",
                                                 "GaussianNoise",
                                                 "GaussianDropout",
                                                 "UpSampling2D",
                                                 "Activation",
                                                 "SpatialDropout2D",
                                                 "ActivityRegularization",
                                                 "GetItem",
                                                 "Pipeline",
                                                 "AutoContrast",
                                                 "AugMix",
                                                 "CutMix",
                                                 "MixUp",
                                                 "RandAugment",
                                                 "Solarization",
                                                 "Equalization",
                                                 "Flip",
                                                 "Transpose",
                                                 "Concatenate",
                                                 "Stack",
                                                 "Cast",
                                                 "Split",
                                                 "MaxPooling2D",
                                                 "AveragePooling2D"};
    return name.starts_with("Random") || others.contains(name);
}

struct Scaling {
    std::string takes;
    std::string layer;
};

/// What stands between the pixels and the first layer that learns.
std::optional<Scaling> scaling_layers(const ModelBase& model) {
    if (!model.ready() || model.inputs().size() != 1) return std::nullopt;
    const std::vector<LayerNode> nodes = insight::layer_graph(model);
    // From each call that only pixels come to: what was made of them, and by which layer first.
    struct Reached {
        Line line;
        std::string layer;
    };
    std::vector<std::optional<Reached>> reached(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const LayerNode& node = nodes[i];
        Reached now;
        bool pixels = true;
        for (const int from : node.inputs) pixels = pixels && reached[static_cast<std::size_t>(from)].has_value();
        if (!pixels) continue;
        if (!node.inputs.empty()) now = *reached[static_cast<std::size_t>(node.inputs.front())];
        const std::string name = node.class_name();
        const auto* op = dynamic_cast<const layers::Operator*>(node.layer);
        const Line before = now.line;
        if (name == "Rescaling") {
            now.line.then(numbers_of(node, "scale", 1), numbers_of(node, "offset", 0));
        } else if (name == "Normalization" && !node.flag("invert")) {
            standardize(now.line, values_or(node, "mean", "mean", 0), values_or(node, "variance", "variance", 1));
        } else if (name == "BatchNormalization") {
            standardize(now.line, values_or(node, "moving_mean", "", 0), values_or(node, "moving_variance", "", 1));
        } else if (op != nullptr && node.inputs.size() == 1) {
            operate(now.line, *op);
        } else if (!keeps_scale(name)) {
            // The first that learns: the answer, where something came before it.
            if (!now.layer.empty() && now.line.changes()) return Scaling{now.line.takes(), now.layer};
            continue;
        }
        const bool changed = now.line.scale != before.scale || now.line.offset != before.offset;
        if (changed && now.layer.empty()) now.layer = node.name();
        reached[i] = std::move(now);
        if (node.is_output && !reached[i]->layer.empty() && reached[i]->line.changes())
            return Scaling{reached[i]->line.takes(), reached[i]->layer};
    }
    return std::nullopt;
}

void collect_names(const ModelBase& model, std::set<std::string>& names) {
    names.insert(model.name());
    for (const auto& layer : model.layers()) {
        names.insert(layer->name());
        if (const auto* inner = dynamic_cast<const ModelBase*>(layer.get())) collect_names(*inner, names);
    }
}

struct Family {
    const char* name;
    const char* mode;
    std::vector<const char*> layers;  ///< names that only these networks have all of
};

/// Those that rescale by layers of their own are asked last, as they were made without: then they want what those
/// layers give.
const std::vector<Family>& families() {
    static const std::vector<Family> all = {
        {"Xception", "tf", {"block2_sepconv1", "block1_conv1"}},
        {"VGG", "caffe", {"block1_conv1", "block1_conv2", "block1_pool", "block2_conv2"}},
        {"DenseNet", "torch", {"conv1_conv", "conv2_block1_concat"}},
        {"ResNetV2", "tf", {"conv1_conv", "conv2_block1_preact_bn"}},
        {"ResNet", "caffe", {"conv1_conv", "conv1_bn", "conv2_block1_out"}},
        {"MobileNet", "tf", {"conv1", "conv_dw_1", "conv_pw_1"}},
        {"MobileNetV2", "tf", {"Conv1", "expanded_conv_depthwise", "expanded_conv_project"}},
        {"InceptionResNetV2", "tf", {"mixed_5b", "block35_1_conv"}},
        {"InceptionV3", "tf", {"mixed0", "mixed1", "mixed2"}},
        {"NASNet", "tf", {"stem_conv1", "stem_bn1"}},
        {"MobileNetV3", "tf", {"conv", "expanded_conv_project"}},
        {"EfficientNetV2", "tf", {"stem_conv", "block1a_project_conv"}},
        {"ConvNeXt", "torch", {"convnext_tiny_stem"}},
        {"ConvNeXt", "torch", {"convnext_small_stem"}},
        {"ConvNeXt", "torch", {"convnext_base_stem"}},
        {"ConvNeXt", "torch", {"convnext_large_stem"}},
        {"ConvNeXt", "torch", {"convnext_xlarge_stem"}},
    };
    return all;
}

const Family* family_of(const ModelBase& model) {
    std::set<std::string> names;
    collect_names(model, names);
    const auto found = std::ranges::find_if(families(), [&](const Family& family) {
        return std::ranges::all_of(family.layers, [&](const char* name) { return names.contains(name); });
    });
    return found == families().end() ? nullptr : &*found;
}

/// In place; a value of 1 stands for a pixel of `white`.
void apply(const PixelScaling& scaling, std::span<float> values, std::size_t channels, double white) {
    if (scaling.bgr && channels >= 3) {
        for (std::size_t i = 0; i < values.size(); i += channels) std::swap(values[i], values[i + 2]);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t channel = i % channels;
        values[i] = static_cast<float>(values[i] * (white * scaling.factor[channel % scaling.factor.size()]) +
                                       scaling.offset[channel % scaling.offset.size()]);
    }
}

Dataset scaled_from(const Dataset& data, const PixelScaling& scaling, double white) {
    const Shape shape = data.x_shape();
    const std::size_t channels = shape.rank() == 3 ? static_cast<std::size_t>(shape[2]) : 1;
    return data
        .map([scaling, channels, white](Example& example) { apply(scaling, example.x.data<float>(), channels, white); })
        .with_class_names(data.class_names());
}

std::string color_mode_of(std::int64_t channels) {
    return channels == 1 ? "grayscale" : channels == 4 ? "rgba" : channels == 3 ? "rgb" : "";
}

}  // namespace

FoundInput image_input(const Model& model, const std::string& scale) {
    const ModelBase& base = *model.model_base();
    FoundInput found{.input = stored_image_input(model).value_or(ImageInput()), .reason = "stored with the model"};
    const auto take = [&](const std::string& mode, const std::string& reason) {
        found.input.scaling = PixelScaling::named(mode);
        found.reason = reason;
    };
    if (scale != "auto") {
        take(scale, "as --scale says");
    } else if (!found.input.scaling) {
        const std::optional<Scaling> layers = scaling_layers(base);
        const bool whole = base.ready() && !base.inputs().empty() && base.inputs()[0].dtype() == DType::uint8;
        const Family* family = layers || whole ? nullptr : family_of(base);
        if (layers) {
            take(layers->takes, "the model's layer '" + layers->layer + "' is made for that");
        } else if (whole) {
            take("raw", "the model takes uint8");
        } else if (family != nullptr) {
            take(family->mode, std::string("the network is a ") + family->name);
        } else {
            take("1/255", "nothing else is known of the model; --scale says otherwise");
        }
    }
    if (!base.ready() || base.inputs().size() != 1) return found;
    const Shape shape = base.inputs()[0].shape();
    if (shape.rank() != 4) return found;
    if (shape[1] != None) found.input.height = shape[1];
    if (shape[2] != None) found.input.width = shape[2];
    if (shape[3] != None) found.input.color_mode = color_mode_of(shape[3]);
    return found;
}

Tensor fit_pixels(const Tensor& pixels, const ImageInput& input) {
    const Shape& from = pixels.shape();
    if (from.rank() != 3 || pixels.dtype() != DType::float32)
        throw ShapeError("image: got " + from.str() + "; expected float32 (height, width, channels)");
    if (input.height < 1 || input.width < 1) {
        throw ShapeError("image: the model takes images of any size; expected a height and width in its ImageInput");
    }
    Tensor fitted({input.height, input.width, from[2]}, DType::float32);
    const data::Aspect aspect = data::aspect_of(input.fit == "crop", input.fit == "pad");
    data::fit_image(data::dense(std::as_const(pixels).data<float>().data(), from[0], from[1], from[2]),
                    data::dense(fitted.data<float>().data(), input.height, input.width, from[2]),
                    data::interpolation_of(input.interpolation), aspect);
    apply(input.scaling.value_or(PixelScaling()), fitted.data<float>(), static_cast<std::size_t>(from[2]), 1);
    return fitted;
}

Tensor load_image_for(const std::filesystem::path& file, const ImageInput& input) {
    return fit_pixels(data::load_image(file, data::channels_of(input.color_mode.empty() ? "rgb" : input.color_mode)),
                      input);
}

Tensor load_image_for(const std::filesystem::path& file, const Model& model) {
    return load_image_for(file, image_input(model).input);
}

Dataset scaled_pixels(const Dataset& data, const PixelScaling& scaling) { return scaled_from(data, scaling, 1); }

Dataset scaled_from_unit(const Dataset& data, const PixelScaling& scaling) {
    return scaling == PixelScaling() ? data : scaled_from(data, scaling, 255);
}

}  // namespace markhor
