// Layers of the user's own: called, trained, saved and read again under their class name.
#include <gtest/gtest.h>

#include <filesystem>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>

#include "support/error_of.hpp"
#include "support/files.hpp"

namespace markhor {
namespace {

using namespace layers;

const CustomObject gate = {
    .call =
        [](const std::vector<SymbolicTensor>& inputs, const CustomConfig& config) {
            const auto inner =
                Dense(config.integer("units"), {.activation = config.text("activation"), .name = "inner"})(inputs[0]);
            return std::vector<SymbolicTensor>{
                Multiply()({inputs[0], Dense(inputs[0].shape().back(), {.name = "outer"})(inner)})};
        },
    .defaults = {{"units", std::int64_t{3}}, {"activation", std::string("relu")}},
    .package = "Tests",
};

class CustomLayerTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
    static Model model() {
        return Sequential({Input({4}), custom_layer("Gate", gate, {{"units", std::int64_t{5}}}), Dense(2)});
    }
};

TEST_F(CustomLayerTest, IsALayerLikeAnyOther) {
    const Model made = model();
    EXPECT_EQ(made.get_layer("gate").class_name(), "Gate");
    EXPECT_EQ(made.get_layer("gate").count_params(), 4 * 5 + 5 + 5 * 4 + 4);
    EXPECT_EQ(made.count_params(), 49 + 10);
    Layer layer = made.get_layer("gate");
    layer.set_trainable(false);
    EXPECT_EQ(made.trainable_weights().size(), 2U);
}

TEST_F(CustomLayerTest, IsSavedAndReadUnderItsName) {
    const Model made = model();
    const auto config = nlohmann::json::parse(made.to_json())["config"]["layers"][1];
    EXPECT_EQ(config["registered_name"], "Tests>Gate");
    EXPECT_EQ(config["config"]["units"], 5);
    const test::TemporaryFolder folder;
    for (const char* extension : {".keras", ".h5"}) {
        const auto file = folder / ("m" + std::string(extension));
        made.save(file);
        const Model again = load_model(file, {.custom_objects = {{"Gate", gate}}});
        const Tensor x = Tensor::full({2, 4}, 0.25F);
        EXPECT_EQ(again.predict(x).data<float>()[1], made.predict(x).data<float>()[1]) << extension;
        EXPECT_NE(test::error_of([&] { load_model(file); }).find("(Gate)"), std::string::npos)
            << test::error_of([&] { load_model(file); });
    }
    EXPECT_EQ(model_from_json(made.to_json(), {{"Gate", gate}}).to_json(), made.to_json());
}

TEST_F(CustomLayerTest, RefusesAConfigThatItDoesNotHave) {
    EXPECT_EQ(test::error_of([] {
                  custom_layer("Gate", gate, {{"wings", std::int64_t{2}}});
              }),
              "Gate: its config has no 'wings' of this kind");
    EXPECT_EQ(test::error_of([] {
                  custom_layer("Gate", gate, {{"units", 2.5}});
              }),
              "Gate: its config has no 'units' of this kind");
    EXPECT_EQ(test::error_of([] { gate.defaults.number("units"); }), "the custom layer's config has no number 'units'");
    EXPECT_NE(
        test::error_of([] { custom_layer("Gate", {})(Input({4})); }).find("the custom class has no call function"),
        std::string::npos);
}

}  // namespace
}  // namespace markhor
