// What a config holds for Keras's sake alone comes back as it was read: operations, dtype policies, the calls'
// arguments, the form of a model's inputs and outputs, negative axes.
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/layers.hpp>
#include <markhor/layers/operators.hpp>

#include "formats/config.hpp"
#include "formats/config_operators.hpp"
#include "formats/verify.hpp"
#include "model/model_base.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;
using namespace layers;

json tensor(const std::string& layer) {
    return {{"class_name", "__keras_tensor__"},
            {"config", {{"shape", {nullptr, 4}}, {"dtype", "float32"}, {"keras_history", {layer, 0, 0}}}}};
}

json node(json args, json kwargs = json::object()) {
    return json::array({{{"args", std::move(args)}, {"kwargs", std::move(kwargs)}}});
}

json entry(const std::string& module, const std::string& class_name, json config, json nodes) {
    json name = config["name"];
    return {{"module", module},
            {"class_name", class_name},
            {"config", std::move(config)},
            {"registered_name", module == "keras.layers" ? json() : json(class_name)},
            {"name", std::move(name)},
            {"inbound_nodes", std::move(nodes)}};
}

/// input (None, 4) -> the entry, whose name is "tested".
json functional(const json& tested) {
    const json input = entry("keras.layers", "InputLayer",
                             {{"name", "input"}, {"batch_shape", {nullptr, 4}}, {"dtype", "float32"}}, json::array());
    return {{"module", "keras.src.models.functional"},
            {"class_name", "Functional"},
            {"config",
             {{"name", "m"},
              {"trainable", true},
              {"layers", {input, tested}},
              {"input_layers", {"input", 0, 0}},
              {"output_layers", {"tested", 0, 0}}}},
            {"registered_name", "Functional"}};
}

json written(const json& config) { return layer_config(*model_from_config(config).base()); }

Tensor four(const std::vector<float>& values) { return Tensor::from<float>({1, 4}, values); }

struct OperationCase {
    const char* module;
    const char* class_name;
    json arguments;  // "x" for the tensor
    json config = json::object();
    std::vector<float> y = {};  // of 1, 2, 4, -1
};

TEST(KeptAsReadTest, OperationsComputeAndComeBack) {
    const char* numpy = "keras.src.ops.numpy";
    const char* nn = "keras.src.ops.nn";
    const char* activations = "keras.src.activations.activations";
    const std::vector<OperationCase> cases = {
        {numpy, "Add", {"x", "x"}, {}, {2, 4, 8, -2}},
        {numpy, "Add", {2.5, "x"}, {}, {3.5, 4.5, 6.5, 1.5}},
        {numpy, "Subtract", {1.0, "x"}, {}, {0, -1, -3, 2}},
        {numpy, "Subtract", {"x", 1.0}, {}, {0, 1, 3, -2}},
        {numpy, "Subtract", {"x", "x"}, {}, {0, 0, 0, 0}},
        {numpy, "Multiply", {"x", 0.5}, {}, {0.5, 1, 2, -0.5}},
        {numpy, "TrueDivide", {"x", 2.0}, {}, {0.5, 1, 2, -0.5}},
        {numpy, "TrueDivide", {2.0, "x"}, {}, {2, 1, 0.5, -2}},
        {numpy, "Divide", {"x", "x"}, {}, {1, 1, 1, 1}},
        {numpy, "Maximum", {"x", 1.5}, {}, {1.5, 2, 4, 1.5}},
        {numpy, "Minimum", {1.5, "x"}, {}, {1, 1.5, 1.5, -1}},
        {numpy, "Negative", {"x"}, {}, {-1, -2, -4, 1}},
        {numpy, "Square", {"x"}, {}, {1, 4, 16, 1}},
        {numpy, "Absolute", {"x"}, {}, {1, 2, 4, 1}},
        {nn, "Relu", {"x"}, {}, {1, 2, 4, 0}},
        {nn, "LeakyRelu", {"x"}, {{"negative_slope", 0.5}}, {1, 2, 4, -0.5}},
        {nn, "Softsign", {"x"}, {}, {0.5F, 2.F / 3, 0.8F, -0.5F}},
        {activations,
         "ReLU",
         {"x"},
         {{"negative_slope", 0.25}, {"max_value", 3.0}, {"threshold", 0.0}},
         {1, 2, 3, -0.25}},
    };
    for (const OperationCase& test : cases) {
        SCOPED_TRACE(std::string(test.class_name) + " " + test.arguments.dump());
        json arguments = json::array();
        for (const json& argument : test.arguments) arguments.push_back(argument == "x" ? tensor("input") : argument);
        json config = {{"name", "tested"}};
        if (!test.config.is_null()) config.update(test.config);
        const json read = functional(entry(test.module, test.class_name, config, node(arguments)));
        const Model model = model_from_config(read);
        const Tensor y = outputs_of(model, {four({1, 2, 4, -1})})[0];
        for (std::size_t i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(y.data<float>()[i], test.y[i]);
        EXPECT_EQ(layer_config(*model.base())["config"]["layers"][1], read["config"]["layers"][1]);
        EXPECT_EQ(model.layers().size(), 1U);  // an operation is no layer
    }
}

TEST(KeptAsReadTest, OperationsNameWhatIsWrongInThem) {
    const auto error = [](const char* class_name, json args, json config = json::object()) -> std::string {
        config["name"] = "tested";
        const char* module = std::string(class_name) == "Softmax" ? "keras.src.ops.nn" : "keras.src.ops.numpy";
        try {
            model_from_config(functional(entry(module, class_name, config, node(std::move(args)))), "f.json");
        } catch (const ValueError& refused) {
            return refused.what();
        }
        return "no error";
    };
    EXPECT_EQ(error("Add", {tensor("input")}),
              "f.json: model 'm': tested (Add): takes two tensors, or one and a number; 1 arguments came, 0 of them "
              "numbers");
    EXPECT_EQ(error("Add", {1, 2}),
              "f.json: model 'm': tested (Add): takes two tensors, or one and a number; 2 arguments came, 2 of them "
              "numbers");
    EXPECT_EQ(error("TrueDivide", {tensor("input"), 0}), "f.json: model 'm': tested (TrueDivide): divides by 0");
    EXPECT_EQ(error("Softmax", {tensor("input")}, {{"axis", 1}}),
              "f.json: model 'm': tested (Softmax): goes along axis 1; only -1 is supported");
    EXPECT_NE(error("Median", {tensor("input")}).find("class 'Median' of module 'keras.src.ops.numpy'"),
              std::string::npos);
}

TEST(KeptAsReadTest, AnOlderFileGetsTheLayersThatDoTheSame) {
    const auto replaced = [](const char* module, const char* class_name, json args) {
        return with_layer_for_operator(entry(module, class_name, {{"name", "tested"}}, node(std::move(args))));
    };
    const json scaled = replaced("keras.src.ops.numpy", "Subtract", {1.0, tensor("input")});
    EXPECT_EQ(scaled["class_name"], "Rescaling");
    EXPECT_EQ(scaled["config"]["scale"], -1.0);
    EXPECT_EQ(scaled["config"]["offset"], 1.0);
    EXPECT_EQ(scaled["inbound_nodes"][0]["args"], json::array({tensor("input")}));
    const json sum = replaced("keras.src.ops.numpy", "Add", {tensor("input"), tensor("input")});
    EXPECT_EQ(sum["class_name"], "Add");
    EXPECT_EQ(sum["inbound_nodes"][0]["args"][0].size(), 2U);
    const json sigmoid = replaced("keras.src.ops.nn", "Sigmoid", {tensor("input")});
    EXPECT_EQ(sigmoid["class_name"], "Activation");
    EXPECT_EQ(sigmoid["config"]["activation"], "sigmoid");
    const json none = replaced("keras.src.ops.numpy", "Square", {tensor("input")});
    EXPECT_EQ(none["class_name"], "Square");
}

TEST(KeptAsReadTest, DtypePoliciesOfLayersAndSequentials) {
    const json policy = {{"module", "keras"},
                         {"class_name", "DTypePolicy"},
                         {"config", {{"name", "mixed_bfloat16"}}},
                         {"registered_name", nullptr}};
    clear_session();
    json config = layer_config(*Sequential({Input({4}), Dense(2), Dense(3)}).base());
    config["config"]["dtype"] = policy;
    config["config"]["layers"][1]["config"]["dtype"] = policy;
    EXPECT_EQ(written(config), config);
    config["config"]["layers"][1]["config"]["dtype"] = "float16";
    EXPECT_EQ(written(config)["config"]["layers"][1]["config"]["dtype"]["config"]["name"], "float16");
}

TEST(KeptAsReadTest, TheCallsTrainingComesBackAndChangesNothing) {
    const json dropout = {{"name", "tested"}, {"trainable", true}, {"rate", 0.9}, {"seed", nullptr}};
    for (const bool recorded : {false, true}) {
        const Model model = model_from_config(
            functional(entry("keras.layers", "Dropout", dropout, node({tensor("input")}, {{"training", recorded}}))));
        const json again = layer_config(*model.base());
        EXPECT_EQ(again["config"]["layers"][1]["inbound_nodes"][0]["kwargs"], json({{"training", recorded}}));
        // Keras 3 records a Dropout's default, False, for every model: it still drops when the model is trained.
        const auto ops_of = [&](bool training) { return lower(*model.model_base(), 1, training).graph.nodes().size(); };
        EXPECT_GT(ops_of(true), ops_of(false) + 1) << recorded;
    }
}

TEST(KeptAsReadTest, TheFormOfInputsAndOutputs) {
    const json relu = {{"name", "tested"}, {"trainable", true}};
    json config = functional(entry("keras.layers", "ReLU", relu, node({tensor("input")})));
    const auto ends = [&] {
        const json again = written(config);
        return std::pair(again["config"]["input_layers"], again["config"]["output_layers"]);
    };
    EXPECT_EQ(ends(), std::pair(json({"input", 0, 0}), json({"tested", 0, 0})));
    config["config"]["input_layers"] = json::array({{"input", 0, 0}});
    config["config"]["output_layers"] = {{"b", {"tested", 0, 0}}, {"a", {"input", 0, 0}}};
    EXPECT_EQ(ends(), std::pair(config["config"]["input_layers"], config["config"]["output_layers"]));
}

TEST(KeptAsReadTest, NegativeAxes) {
    clear_session();
    for (const json& axis : {json({-1}), json({-2, -1}), json({1, 2})}) {
        json config = layer_config(*LayerNormalization().base());
        config["config"]["axis"] = axis;
        EXPECT_EQ(layer_config(*layer_from_config(config))["config"]["axis"], axis);
    }
    json softmax = layer_config(*Softmax().base());
    softmax["config"]["axis"] = {-2, -1};
    EXPECT_EQ(layer_config(*layer_from_config(softmax))["config"]["axis"], json({-2, -1}));
}

TEST(KeptAsReadTest, SpatialDropoutHasNoTrainable) {
    const json config = layer_config(*SpatialDropout2D(0.5).base())["config"];
    EXPECT_FALSE(config.contains("trainable"));
    EXPECT_EQ(config["data_format"], "channels_last");
}

}  // namespace
}  // namespace markhor::formats
