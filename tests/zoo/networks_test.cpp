// Each network against what real Keras made (tests/golden/zoo/networks.json, recorded by conformance/record_zoo.py):
// counts of parameters, and each layer's name, class, output shape, parameters and inputs, in Keras's order. Weights
// are not initialised.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <markhor/applications.hpp>
#include <nlohmann/json.hpp>

#include "layers/layer_base.hpp"
#include "layers/pending_weights.hpp"
#include "model/model_base.hpp"
#include "support/paths.hpp"

namespace markhor::applications {
namespace {

using nlohmann::json;

const json& recorded() {
    static const json networks = [] {
        std::ifstream file(markhor::test::golden("zoo/networks.json"));
        return json::parse(file);
    }();
    return networks;
}

/// Networks with arguments beyond the defaults, as recorded.
const std::vector<std::pair<std::string, std::function<Model()>>>& variants() {
    static const std::vector<std::pair<std::string, std::function<Model()>>> all = {
        {"MobileNet alpha=0.5 depth_multiplier=2",
         [] {
             return MobileNet({.input_shape = {128, 128, 3}, .alpha = 0.5, .depth_multiplier = 2});
         }},
        {"MobileNetV2 alpha=0.35",
         [] {
             return MobileNetV2({.input_shape = {96, 96, 3}, .alpha = 0.35});
         }},
        {"MobileNetV2 alpha=1.4", [] { return MobileNetV2({.alpha = 1.4}); }},
        {"MobileNetV3Small alpha=0.75", [] { return MobileNetV3Small({.alpha = 0.75}); }},
        {"MobileNetV3Large minimalistic", [] { return MobileNetV3Large({.minimalistic = true}); }},
        {"MobileNetV3Large include_preprocessing=False",
         [] {
             return MobileNetV3Large({.input_shape = {96, 64, 3}, .include_preprocessing = false});
         }},
        {"EfficientNetV2B1 include_preprocessing=False",
         [] { return EfficientNetV2B1({.include_preprocessing = false}); }},
        {"EfficientNetV2S input_shape=(64, 64, 1)",
         [] {
             return EfficientNetV2S({.input_shape = {64, 64, 1}, .classes = 10});
         }},
        {"ConvNeXtSmall include_preprocessing=False", [] { return ConvNeXtSmall({.include_preprocessing = false}); }},
        {"EfficientNetB3 input_shape=(65, 97, 3)",
         [] {
             return EfficientNetB3({.input_shape = {65, 97, 3}, .classes = 7});
         }},
        {"NASNetMobile input_shape=(75, 64, 3)",
         [] {
             return NASNetMobile({.input_shape = {75, 64, 3}, .classes = 7});
         }},
        {"ResNet50 input_shape=(33, 47, 1)",
         [] {
             return ResNet50({.input_shape = {33, 47, 1}, .classes = 7, .classifier_activation = "linear"});
         }},
    };
    return all;
}

std::string shape_text(const Shape& shape) {
    std::string text;
    for (const std::int64_t size : shape)
        text += (text.empty() ? "" : ",") + (size == None ? "?" : std::to_string(size));
    return text;
}

/// "conv1_conv|Conv2D|?,112,112,64|9472|conv1_pad", a line a layer.
std::vector<std::string> lines_of(const Model& model) {
    std::map<const LayerBase*, const CallNode*> last_calls;
    for (const auto& call : model.model_base()->calls()) last_calls[call->layer.get()] = call.get();
    std::vector<std::string> lines;
    for (const auto& layer : model.model_base()->layers()) {
        const CallNode& call = *last_calls.at(layer.get());
        std::int64_t count = 0;
        for (const VariablePtr& weight : layer->weights()) count += weight->value.size();
        std::string inputs;
        for (const SymbolicTensor& input : call.inputs)
            inputs += (inputs.empty() ? "" : ",") + input.node()->layer->name();
        lines.push_back(layer->name() + "|" + std::string(layer->class_name()) + "|" +
                        shape_text(call.output_shapes[0]) + "|" + std::to_string(count) + "|" + inputs);
    }
    return lines;
}

std::string fnv(const std::vector<std::string>& lines) {
    std::uint64_t value = 0xCBF29CE484222325;
    for (const std::string& line : lines) {
        for (const char c : line + "\n") value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

std::int64_t elements(const std::vector<VariablePtr>& weights) {
    std::int64_t count = 0;
    for (const VariablePtr& weight : weights) count += weight->value.size();
    return count;
}

void expect_as_recorded(const std::function<Model()>& make, const json& expected) {
    clear_session();
    const PendingWeights scope(std::numeric_limits<std::size_t>::max());
    const Model model = make();
    EXPECT_EQ(model.name(), expected["name"]);
    EXPECT_EQ(model.count_params(), expected["total"]);
    EXPECT_EQ(elements(model.trainable_weights()), expected["trainable"]);
    EXPECT_EQ(model.weights().size(), expected["weights"]);
    EXPECT_EQ(model.layers().size(), expected["layers"]);
    const std::vector<std::string> lines = lines_of(model);
    EXPECT_EQ(lines.size(), expected["operations"]);
    if (expected.contains("lines")) {
        const auto& wanted = expected["lines"];
        for (std::size_t i = 0; i < std::min(lines.size(), wanted.size()); ++i) ASSERT_EQ(lines[i], wanted[i]);
    }
    EXPECT_EQ(fnv(lines), expected["hash"]);
}

class ZooTest : public testing::TestWithParam<std::string> {};

TEST_P(ZooTest, IsKerassLayerByLayer) {
    const json& expected = recorded().at(GetParam());
    {
        SCOPED_TRACE("with top");
        expect_as_recorded([] { return make_network(GetParam()); }, expected["top"]);
    }
    SCOPED_TRACE("without top, pooled");
    expect_as_recorded([] { return make_network(GetParam(), {.include_top = false, .pooling = "avg"}); },
                       expected["pooled"]);
}

TEST(ZooVariantsTest, AreKerasToo) {
    for (const auto& [name, make] : variants()) {
        SCOPED_TRACE(name);
        expect_as_recorded(make, recorded().at(name)["top"]);
    }
}

INSTANTIATE_TEST_SUITE_P(Networks, ZooTest, testing::ValuesIn(network_names()),
                         [](const auto& network) { return network.param; });

}  // namespace
}  // namespace markhor::applications
