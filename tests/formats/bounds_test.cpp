// Numbers and lengths that a model's file may claim: the work they make is bounded, or they are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>

#include "engine/engines.hpp"
#include "graph/executable.hpp"
#include "model/model_base.hpp"
#include "support/error_of.hpp"

namespace markhor::formats {
namespace {

using nlohmann::json;
using test::error_of;
using testing::HasSubstr;

json layer(const std::string& class_name, const std::string& name, json config = json::object()) {
    config["name"] = name;
    return {{"module", "keras.layers"},
            {"class_name", class_name},
            {"config", config},
            {"registered_name", nullptr},
            {"name", name}};
}

json input(const std::string& name, const json& sizes) { return layer("InputLayer", name, {{"batch_shape", sizes}}); }

json call(const std::string& name, int number = 0) {
    const json tensor = {
        {"class_name", "__keras_tensor__"},
        {"config", {{"shape", {nullptr, 8}}, {"dtype", "float32"}, {"keras_history", {name, number, 0}}}}};
    return {{"args", {tensor}}, {"kwargs", json::object()}};
}

json functional(const std::string& name, const json& layers, const json& in, const json& out) {
    return {{"module", "keras.src.models.functional"},
            {"class_name", "Functional"},
            {"config", {{"name", name}, {"layers", layers}, {"input_layers", {in}}, {"output_layers", {out}}}},
            {"registered_name", "Functional"},
            {"name", name}};
}

json with_calls(json serialized, const json& calls) {
    serialized["inbound_nodes"] = calls;
    return serialized;
}

Model read(const json& model) { return model_from_json(model.dump()); }

TEST(Bounds, AHugeAxisIsLookedThroughInNoTime) {
    for (const std::int64_t size : {std::int64_t{1} << 32, std::int64_t{1} << 40}) {
        const Sequential model(
            {Input({size, 4, 4, 2}), layers::MaxPooling3D(2), layers::AveragePooling3D(2, {.padding = "same"})});
        EXPECT_EQ(model.output_shapes().front(), Shape({None, size / 4, 1, 1, 2}));
        EXPECT_EQ(lower(*model.model_base(), 1, false).outputs.size(), 1U);
    }
    const Sequential huge({Input({std::int64_t{1} << 62, 4, 4, 2}), layers::MaxPooling3D(2)});
    EXPECT_THAT(error_of([&] { lower(*huge.model_base(), 1, false); }), HasSubstr("up to 1099511627776 are taken"));
}

// oneDNN, whose sizes are ints, divided by zero.
TEST(Bounds, AnAxisBeyondAnIntIsPlannedFor) {
    for (const char* policy : {"float32", "mixed_bfloat16"}) {
        set_global_policy(policy);
        for (const std::int64_t size : {std::int64_t{1} << 31, std::int64_t{1} << 32, std::int64_t{3} << 31}) {
            const Sequential wide({Input({size, 4, 2}), layers::Conv2D(3, 3, {.padding = "same", .activation = "relu"}),
                                   layers::DepthwiseConv2D(3), layers::MaxPooling2D(2),
                                   layers::Conv2DTranspose(4, 2, {.strides = 2}), layers::BatchNormalization(),
                                   layers::GlobalAveragePooling2D(), layers::Dense(2)});
            const Sequential deep(
                {Input({2, size, 4, 2}), layers::Conv3D(3, 1), layers::AveragePooling3D(2), layers::Softmax()});
            for (const Sequential* model : {&wide, &deep}) {
                EXPECT_NE(graph::Executable::make(lower(*model->model_base(), 1, false).graph, engine::cpu()), nullptr);
            }
        }
    }
    set_global_policy("float32");
}

TEST(Bounds, ALongAxisIsNotResized) {
    const Sequential model({Input({8, 8, 1}), layers::Resizing(1 << 30, 8)});
    EXPECT_THAT(error_of([&] { lower(*model.model_base(), 1, false); }),
                HasSubstr("an axis of 8 positions is resized to 1073741824; up to 4194304 are taken"));
}

TEST(Bounds, ModelsThatCallModelsTwiceAreRefusedBeforeTheyAreExpanded) {
    json model = functional("m0",
                            {with_calls(input("in", {nullptr, 8}), json::array()),
                             with_calls(layer("ReLU", "r"), json::array({call("in")}))},
                            {"in", 0, 0}, {"r", 0, 0});
    for (int level = 1; level <= 30; ++level) {
        const std::string inner = "m" + std::to_string(level - 1);
        model = functional(
            "m" + std::to_string(level),
            {with_calls(input("in", {nullptr, 8}), json::array()), with_calls(model, {call("in"), call(inner)})},
            {"in", 0, 0}, {inner, 2, 0});
        if (level != 8) continue;
        EXPECT_EQ(read(model).output_shapes().front(), Shape({None, 8}));
    }
    EXPECT_THAT(error_of([&] { read(model); }), HasSubstr("it has more than 50000 calls of layers"));
}

TEST(Bounds, LayersMayComeInAnyOrder) {
    constexpr int count = 3000;
    json layers = json::array();
    for (int i = count; i-- > 0;)
        layers.push_back(with_calls(layer("ReLU", "r" + std::to_string(i)),
                                    json::array({call(i > 0 ? "r" + std::to_string(i - 1) : "in")})));
    layers.push_back(with_calls(input("in", {nullptr, 8}), json::array()));
    const Model model = read(functional("f", layers, {"in", 0, 0}, {"r" + std::to_string(count - 1), 0, 0}));
    EXPECT_EQ(model.layers().size(), count + 1U);
    EXPECT_EQ(model.layers().back().name(), "r2999");
}

TEST(Bounds, LayersWithoutEndAreRefused) {
    json layers = {input("in", {nullptr, 8})};
    for (int i = 0; i < 10'000; ++i) layers.push_back(layer("ReLU", "r" + std::to_string(i)));
    const json model = {{"class_name", "Sequential"}, {"config", {{"name", "s"}, {"layers", layers}}}};
    EXPECT_THAT(error_of([&] { read(model); }), HasSubstr("10001 layers; at most 10000 are read"));
}

TEST(Bounds, ANameWithoutEndIsRefused) {
    const json layers = {input("in", {nullptr, 8}), layer("ReLU", std::string(100'000, 'x'))};
    const json model = {{"class_name", "Sequential"}, {"config", {{"name", "s"}, {"layers", layers}}}};
    EXPECT_THAT(error_of([&] { read(model); }), HasSubstr("'name' has 100000 bytes; up to 65536 are taken"));
}

TEST(Bounds, ACallOfNothingIsRefused) {
    const json layers = {with_calls(input("in", {nullptr, 8}), json::array()),
                         with_calls(layer("ReLU", "r"), json::array({json::array()}))};
    EXPECT_NE(error_of([&] { read(functional("f", layers, {"in", 0, 0}, {"r", 0, 0})); }), "no error");
}

}  // namespace
}  // namespace markhor::formats
