// Layers and models from Keras's configs and back, and what is refused by name.
#include "formats/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <markhor/markhor.hpp>

#include "formats/json.hpp"
#include "support/error_of.hpp"
#include "support/paths.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;
using namespace layers;

class ConfigTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
};

json serialized(const std::string& class_name, json config) {
    return {{"module", "keras.layers"},
            {"class_name", class_name},
            {"config", std::move(config)},
            {"registered_name", nullptr}};
}

std::string layer_error(const json& config) {
    return test::error_of<ValueError>([&] { layer_from_config(config, "f.json"); });
}

TEST_F(ConfigTest, OfALayerIsReadAndWritten) {
    const json config =
        serialized("Conv2D", {{"name", "c"},
                              {"trainable", false},
                              {"dtype", "float32"},
                              {"filters", 6},
                              {"kernel_size", {3, 2}},
                              {"strides", {2, 1}},
                              {"padding", "same"},
                              {"activation", "relu"},
                              {"kernel_initializer", {{"class_name", "HeNormal"}, {"config", {{"seed", 7}}}}},
                              {"kernel_regularizer", nullptr}});
    const std::shared_ptr<LayerBase> layer = layer_from_config(config);
    EXPECT_EQ(layer->name(), "c");
    EXPECT_FALSE(layer->trainable());
    EXPECT_EQ(Layer(layer)(Input({8, 8, 3})).shape(), (Shape{None, 4, 8, 6}));
    EXPECT_EQ(layer->weights()[0]->value.shape(), (Shape{3, 2, 3, 6}));

    const json written = layer_config(*layer);
    EXPECT_EQ(written["class_name"], "Conv2D");
    EXPECT_EQ(written["module"], "keras.layers");
    EXPECT_EQ(written["config"]["kernel_size"], (json{3, 2}));
    EXPECT_EQ(written["config"]["strides"], (json{2, 1}));
    EXPECT_EQ(written["config"]["trainable"], false);
    EXPECT_EQ(written["config"]["kernel_initializer"]["config"]["seed"], 7);
    EXPECT_EQ(written["config"]["dtype"]["config"]["name"], "float32");
    EXPECT_EQ(written["build_config"]["input_shape"], (json{nullptr, 8, 8, 3}));
}

TEST_F(ConfigTest, OfALayerNamesWhatIsWrongInIt) {
    const auto conv = [](const char* key, const json& value) {
        json config = {{"name", "c"}, {"filters", 1}, {"kernel_size", {1, 1}}};
        config[key] = value;
        return layer_error(serialized("Conv2D", config));
    };
    EXPECT_EQ(conv("filters", "many"), "f.json: layer 'c' (Conv2D): 'filters' is \"many\"; an integer is wanted");
    EXPECT_EQ(conv("filters", 1.5), "f.json: layer 'c' (Conv2D): 'filters' is 1.5; an integer is wanted");
    EXPECT_EQ(conv("use_bias", 1), "f.json: layer 'c' (Conv2D): 'use_bias' is 1; true or false is wanted");
    EXPECT_EQ(
        conv("activation", {{"class_name", "function"}, {"module", "os"}, {"config", "system"}}),
        "f.json: layer 'c' (Conv2D): 'activation' names the function \"system\" of module \"os\"; no function that a "
        "file names is looked up");
    EXPECT_EQ(conv("wings", 2), "f.json: layer 'c' (Conv2D): the option 'wings' = 2 is not supported");
    EXPECT_EQ(conv("dtype", "int8"),
              "f.json: layer 'c' (Conv2D): 'dtype' is \"int8\"; float32 or a mixed or half-precision policy is wanted");
    EXPECT_TRUE(conv("filters", -1).starts_with("f.json: c (Conv2D): ")) << conv("filters", -1);
    EXPECT_TRUE(conv("strides", {0, 0}).starts_with("f.json: c (Conv2D): ")) << conv("strides", {0, 0});
}

TEST_F(ConfigTest, OfAnActivationMayBeALayerOrABuiltInFunction) {
    const auto dense = [](const json& activation) {
        return serialized("Dense", {{"name", "d"}, {"units", 2}, {"activation", activation}});
    };
    const json leaky = serialized("LeakyReLU", {{"name", "l"}, {"negative_slope", 0.125}});
    const json written = layer_config(*layer_from_config(dense(leaky)));
    EXPECT_EQ(written["config"]["activation"]["module"], "keras.layers");
    EXPECT_EQ(written["config"]["activation"]["class_name"], "LeakyReLU");
    EXPECT_EQ(written["config"]["activation"]["config"]["negative_slope"], 0.125);
    EXPECT_EQ(layer_config(*layer_from_config(written)), written);
    const Dense made(2, {.activation = LeakyReLU({.negative_slope = 0.125, .name = "l"}), .name = "d"});
    EXPECT_EQ(layer_config(*made.base()), written);

    for (const char* module : {"builtins", "keras.activations"}) {
        const json function = {{"class_name", "function"}, {"module", module}, {"config", "gelu"}};
        EXPECT_EQ(layer_config(*layer_from_config(dense(function)))["config"]["activation"], "gelu");
    }
}

TEST_F(ConfigTest, OfAnActivationThatCannotBeOneSaysWhichLayerHasIt) {
    const auto error = [](const json& activation) {
        return layer_error(serialized("Dense", {{"name", "d"}, {"units", 2}, {"activation", activation}}));
    };
    const std::string inside = "f.json: layer 'd' (Dense): 'activation': ";
    EXPECT_EQ(error(serialized("PReLU", {{"name", "p"}})),
              "f.json: d (Dense): activation is the layer 'p' (PReLU), which is built for its inputs; a function or a "
              "layer without a build is wanted");
    EXPECT_EQ(error(serialized("Lambda", {{"name", "l"}, {"function", "code"}})),
              inside + "layer 'l' (Lambda): a Lambda layer holds Python code, which is never run or read");
    EXPECT_EQ(error(serialized("ReLu", {{"name", "r"}})),
              inside + "layer 'r' (ReLu): the class is unknown; the nearest known one is 'ReLU'");
    EXPECT_EQ(error(serialized("ReLU", {{"name", "r"}, {"threshold", "low"}})),
              inside + "layer 'r' (ReLU): 'threshold' is \"low\"; a number is wanted");
    EXPECT_EQ(error({{"class_name", "__lambda__"}, {"config", "code"}}),
              "f.json: layer 'd' (Dense): 'activation' holds Python code, which is never run or read");
    EXPECT_EQ(error({{"class_name", 3}}),
              "f.json: layer 'd' (Dense): 'activation' is {\"class_name\":3}; a string is wanted");
    const json beyond = serialized("Softmax", {{"name", "s"}, {"axis", 5}});
    const Layer made(layer_from_config(serialized("Dense", {{"name", "d"}, {"units", 2}, {"activation", beyond}})));
    EXPECT_TRUE(test::error_of<ShapeError>([&] { made(Input({3})); }).starts_with("s (Softmax): axis is 5"));
}

TEST_F(ConfigTest, OfAnUnknownClassIsRefusedByName) {
    EXPECT_EQ(layer_error(serialized("Conv2", {{"name", "c"}})),
              "f.json: layer 'c' (Conv2): the class is unknown; the nearest known one is 'Conv2D'");
    EXPECT_EQ(layer_error(serialized("Lambda", {{"name", "l"}, {"function", "code"}})),
              "f.json: layer 'l' (Lambda): a Lambda layer holds Python code, which is never run or read");
    json foreign = serialized("system", {{"name", "s"}});
    foreign["module"] = "os";
    EXPECT_EQ(layer_error(foreign),
              "f.json: layer 's' (system): class 'system' of module 'os' is not one of keras.layers");
    json custom = serialized("Dense", {{"name", "d"}, {"units", 2}});
    custom["registered_name"] = "Mine>Dense";
    EXPECT_EQ(layer_error(custom),
              "f.json: layer 'd' (Dense): 'Mine>Dense' is a custom class, which this library does not know");
}

TEST_F(ConfigTest, OfKeras2IsReadByItsOldNames) {
    const json config = {
        {"class_name", "Sequential"},
        {"config",
         {{{"class_name", "Conv2D"},
           {"config",
            {{"name", "c"}, {"batch_input_shape", {nullptr, 6, 6, 1}}, {"filters", 2}, {"kernel_size", {3, 3}}}}},
          {{"class_name", "LeakyReLU"}, {"config", {{"name", "l"}, {"alpha", 0.25}}}}}}};
    const Model model = model_from_config(config);
    EXPECT_EQ(model.output_shapes(), (std::vector<Shape>{{None, 4, 4, 2}}));
    EXPECT_EQ(layer_config(*model.get_layer("l").base())["config"]["negative_slope"], 0.25);
}

json golden_config(const std::string& name) {
    std::ifstream stream(markhor::test::golden("models/") + name + ".json");
    return json::parse(stream);
}

class ModelConfigTest : public testing::TestWithParam<const char*> {};

TEST_P(ModelConfigTest, GivesTheSameModelWhenWrittenAndReadAgain) {
    const Model model = model_from_config(golden_config(GetParam()));
    const json written = layer_config(*model.base());
    const Model again = model_from_config(written);
    EXPECT_EQ(again.summary_text({.line_length = 120, .expand_nested = true}),
              model.summary_text({.line_length = 120, .expand_nested = true}));
    EXPECT_EQ(layer_config(*again.base()), written);
}

INSTANTIATE_TEST_SUITE_P(Golden, ModelConfigTest,
                         testing::Values("conv3d", "multi_io", "nested", "residual", "shared"));

class GraphConfigTest : public ConfigTest {
protected:
    /// multi_io's config, changed, and then refused.
    static std::string error(const std::function<void(json&)>& change) {
        json config = golden_config("shared");
        change(config["config"]);
        return test::error_of<ValueError>([&] { model_from_config(config, "f.json"); });
    }
    static json& layer(json& config, const std::string& class_name) {
        for (json& item : config["layers"]) {
            if (item["class_name"] == class_name) return item;
        }
        throw std::runtime_error("no such layer");
    }
    static json& history(json& call) {
        json* argument = &call["args"][0];
        if (argument->is_array()) argument = &(*argument)[0];
        return (*argument)["config"]["keras_history"];
    }
};

TEST_F(GraphConfigTest, RefusesCallsOfNothing) {
    const std::string where = "f.json: model 'shared': ";
    const std::string unknown = error([](json& config) {
        json& dense = layer(config, "Dense");
        history(dense["inbound_nodes"][0])[0] = "nobody";
    });
    EXPECT_TRUE(unknown.starts_with(where)) << unknown;
    EXPECT_NE(unknown.find("refers to the layer \"nobody\", which the model does not have"), std::string::npos)
        << unknown;

    const std::string cycle = error([](json& config) {
        json& dense = layer(config, "Dense");
        history(dense["inbound_nodes"][0])[0] = dense["name"];
    });
    EXPECT_NE(cycle.find("from a call that does not exist, or from itself through a cycle"), std::string::npos)
        << cycle;

    const std::string call = error([](json& config) { history(layer(config, "Dense")["inbound_nodes"][0])[1] = 7; });
    EXPECT_NE(call.find("from a call that does not exist"), std::string::npos) << call;
}

TEST_F(GraphConfigTest, RefusesEndsAndArgumentsThatAreNone) {
    const auto contains = [](const std::string& text, const char* part) {
        return text.find(part) != std::string::npos;
    };
    EXPECT_TRUE(
        contains(error([](json& config) { config["output_layers"] = 3; }), "'output_layers' is 3; a list is wanted"));
    EXPECT_TRUE(contains(error([](json& config) { config.erase("input_layers"); }), "'input_layers' is missing"));
    EXPECT_TRUE(
        contains(error([](json& config) { layer(config, "Dense")["inbound_nodes"][0]["kwargs"]["training"] = 1; }),
                 "its call has the argument 'training' = 1, which is not supported"));
    EXPECT_TRUE(contains(error([](json& config) { layer(config, "Dense")["inbound_nodes"][0]["args"] = {1.5}; }),
                         "its call has the argument 1.5; only tensors are supported"));
}

}  // namespace
}  // namespace markhor::formats
