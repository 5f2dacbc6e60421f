// How pixels become numbers, by name, and the record of it that a model carries.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/image_input.hpp>

#include "formats/image_input_json.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"

namespace markhor {
namespace {

std::optional<double> number(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<double> parse_factor(const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::optional<double> above = number(text.substr(0, slash));
    const std::optional<double> below = slash == std::string::npos ? 1.0 : number(text.substr(slash + 1));
    if (!above || !below || *above == 0 || *below == 0 || !std::isfinite(*above / *below)) return std::nullopt;
    return *above / *below;
}

/// (pixel - mean) / deviation
PixelScaling standardized(const std::string& mode, const std::vector<double>& mean,
                          const std::vector<double>& deviation, bool bgr) {
    PixelScaling scaling{.factor = {}, .offset = {}, .bgr = bgr, .mode = mode};
    for (std::size_t i = 0; i < mean.size(); ++i) {
        scaling.factor.push_back(1 / deviation[i]);
        scaling.offset.push_back(-mean[i] / deviation[i]);
    }
    return scaling;
}

}  // namespace

PixelScaling PixelScaling::named(const std::string& name) {
    if (name == "1/255" || name == "unit") return {};
    if (name == "raw" || name == "none") return {.factor = {1}, .offset = {0}, .mode = "raw"};
    if (name == "tf") return {.factor = {1 / 127.5}, .offset = {-1}, .mode = "tf"};
    // ImageNet's means, blue first, as keras.applications' preprocess_input has them.
    if (name == "caffe") return standardized("caffe", {103.939, 116.779, 123.68}, {1, 1, 1}, true);
    if (name == "torch") {
        return standardized("torch", {0.485 * 255, 0.456 * 255, 0.406 * 255}, {0.229 * 255, 0.224 * 255, 0.225 * 255},
                            false);
    }
    const std::optional<double> value = parse_factor(name);
    if (!value) {
        throw ValueError("scale: got '" + name +
                         "'; expected a factor (0.5, 1/255), or unit, raw (or none), tf, caffe, torch");
    }
    if (*value == 1) return named("raw");
    if (*value == 1.0 / 255) return {};
    return {.factor = {*value}, .offset = {0}, .mode = name};
}

std::string PixelScaling::str() const {
    if (mode == "raw") return "as they are, 0 to 255";
    if (mode == "1/255") return "x/255";
    if (mode == "tf") return "x/127.5 - 1 (mode tf)";
    if (mode == "caffe") return "blue first, less ImageNet's mean (mode caffe)";
    if (mode == "torch") return "x/255, less ImageNet's mean, by its deviation (mode torch)";
    if (factor.size() == 1 && offset == std::vector<double>{0} && !bgr) return "x * " + mode;
    return "by numbers of their own (" + mode + ")";
}

std::string FoundInput::line() const {
    return "pixels: " + input.scaling.value_or(PixelScaling()).str() + " (" + reason + ")";
}

std::optional<ImageInput> stored_image_input(const Model& model) {
    const auto& stored = model.model_base()->trainer().image_input();
    return stored ? std::optional(*stored) : std::nullopt;
}

void set_image_input(const Model& model, const ImageInput& input) {
    formats::check_image_input(input, model.name());
    model.model_base()->trainer().set_image_input(std::make_shared<const ImageInput>(input));
}

}  // namespace markhor
