// Networks in Keras's configs: the operations between layers, and the classes that Keras's application modules define.
#include <gtest/gtest.h>

#include <limits>
#include <markhor/applications.hpp>
#include <markhor/layers.hpp>
#include <markhor/layers/operators.hpp>

#include "formats/config.hpp"
#include "layers/layer_base.hpp"
#include "layers/pending_weights.hpp"
#include "model/model_base.hpp"

namespace markhor::applications {
namespace {

using nlohmann::json;

json layer_named(const Model& model, const std::string& name) {
    const json config = formats::layer_config(*model.base());
    for (const json& layer : config["config"]["layers"]) {
        if (layer["name"] == name) return layer;
    }
    return {};
}

TEST(ZooConfigTest, ArithmeticIsKerassOperation) {
    clear_session();
    const SymbolicTensor x = Input({4});
    const json sum = layer_named(Model({.inputs = {x}, .outputs = {(x + 3.0) * x}}), "add");
    EXPECT_EQ(sum["module"], "keras.src.ops.numpy");
    EXPECT_EQ(sum["class_name"], "Add");
    EXPECT_EQ(sum["registered_name"], "Add");
    EXPECT_EQ(sum["config"], json({{"name", "add"}}));
    ASSERT_EQ(sum["inbound_nodes"][0]["args"].size(), 2U);
    EXPECT_EQ(sum["inbound_nodes"][0]["args"][1], 3.0);
}

TEST(ZooConfigTest, ArithmeticOfTwoTensorsHasTwoArguments) {
    clear_session();
    const SymbolicTensor x = Input({4});
    const json product = layer_named(Model({.inputs = {x}, .outputs = {(x + 3.0) * x}}), "multiply");
    ASSERT_EQ(product["inbound_nodes"][0]["args"].size(), 2U);
    EXPECT_EQ(product["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0], "add");
}

TEST(ZooConfigTest, CustomScaleLayerNamesItsModule) {
    clear_session();
    const PendingWeights scope(std::numeric_limits<std::size_t>::max());
    const Model model = InceptionResNetV2({.include_top = false, .input_shape = {75, 75, 3}});
    const json layer = layer_named(model, "custom_scale_layer");
    EXPECT_EQ(layer["module"], "keras.src.applications.inception_resnet_v2");
    EXPECT_EQ(layer["registered_name"], "CustomScaleLayer");
    EXPECT_EQ(layer["config"]["scale"], 0.17);
    const Layer read(formats::layer_from_config(layer));
    EXPECT_EQ(read.class_name(), "CustomScaleLayer");
}

TEST(ZooConfigTest, ComesBackUnchanged) {
    for (const char* name : {"MobileNetV3Small", "ConvNeXtTiny", "InceptionResNetV2", "EfficientNetB0", "VGG16"}) {
        clear_session();
        const PendingWeights scope(std::numeric_limits<std::size_t>::max());
        const json config = formats::layer_config(*make_network(name).base());
        EXPECT_EQ(formats::layer_config(*formats::model_from_config(config).base()), config) << name;
    }
}

}  // namespace
}  // namespace markhor::applications
