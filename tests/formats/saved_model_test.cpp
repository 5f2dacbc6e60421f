// Whole models in Keras's files: those that real Keras 2 and 3 wrote predict what Keras predicts, and come back
// unchanged from files written here.
#include "formats/saved_model.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "formats/config.hpp"
#include "formats/files.hpp"
#include "formats/hdf5/group.hpp"
#include "formats/json.hpp"
#include "formats/verify.hpp"
#include "model/model_base.hpp"

namespace markhor::formats {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace layers;

bool has_operations(const Model& model) { return model.layers().size() < model.model_base()->layers().size(); }

class SavedByKerasTest : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override { clear_session(); }
    static fs::path file() { return golden_folder() / GetParam(); }
    TemporaryFolder folder_;
};

TEST_P(SavedByKerasTest, PredictsAsKerasDoes) {
    const Verified verified = verify_model(file(), fs::path(file()).replace_extension(".npz"), 1e-5);
    EXPECT_EQ(verified.failure, "");
    EXPECT_TRUE(verified.passed) << verified.error;
}

TEST_P(SavedByKerasTest, ComesBackUnchangedFromBothFormats) {
    const Model model = load_model(file());
    for (const char* name : {"again.keras", "again.h5"}) {
        model.save(folder_ / name);
        const Model again = load_model(folder_ / name);
        EXPECT_EQ(weight_values(again), weight_values(model)) << name;
        // Where Keras cannot read operations, layers stand for them.
        if (std::string(name).ends_with(".h5") && has_operations(model)) {
            EXPECT_FALSE(has_operations(again));
            continue;
        }
        EXPECT_EQ(again.to_json(), model.to_json()) << name;
        EXPECT_EQ(again.summary_text({.expand_nested = true}), model.summary_text({.expand_nested = true})) << name;
    }
    EXPECT_EQ(folder_.entries(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Golden, SavedByKerasTest, testing::ValuesIn(golden_files("saved", {".keras", ".h5"})),
                         [](const auto& file) { return test_name(file.param); });

class SavedModelTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
    static Sequential small() { return Sequential({Input({4}), Dense(3, {.name = "a"}), Dense(2, {.name = "b"})}); }
    TemporaryFolder folder_;
};

TEST_F(SavedModelTest, HoldsTheMembersThatKerasWrites) {
    small().save(folder_ / "m.keras");
    const ZipReader archive(folder_ / "m.keras");
    const json metadata = parse_json(archive.text("metadata.json", 1000), "metadata");
    EXPECT_EQ(metadata["keras_version"], "3.15.1");
    EXPECT_EQ(metadata["date_saved"].get<std::string>().size(), std::string("2026-01-01@00:00:00").size());
    const json config = parse_json(archive.text("config.json", 100'000), "config");
    EXPECT_EQ(config["module"], "keras");
    EXPECT_EQ(config["class_name"], "Sequential");
    EXPECT_EQ(config["config"]["layers"][1]["build_config"]["input_shape"], (json{nullptr, 4}));
    const auto weights = archive.source("model.weights.h5", 1 << 20);
    h5::File file(*weights, "m");
    const h5::Group vars = h5::Group::root(file).group("layers").group("dense_1").group("vars");
    EXPECT_EQ(vars.text("name", 100), "b");
    EXPECT_EQ(vars.data("0").shape(), (Shape{3, 2}));
}

TEST_F(SavedModelTest, InTheOlderFormatNamesItsWeightsAsKerasDoes) {
    small().save(folder_ / "m.h5");
    FileSource source(folder_ / "m.h5");
    h5::File file(source, "m");
    const h5::Group root = h5::Group::root(file);
    EXPECT_EQ(root.text("keras_version", 100), "3.15.1");
    const json config = parse_json(*root.text("model_config", 100'000), "config");
    EXPECT_FALSE(config.contains("module"));
    EXPECT_FALSE(config["config"]["layers"][1].contains("build_config"));
    EXPECT_TRUE(config["config"]["layers"][1]["config"]["kernel_initializer"].contains("module"));
    const h5::Group weights = root.group("model_weights");
    EXPECT_EQ(weights.texts("layer_names"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(weights.group("b").texts("weight_names"), (std::vector<std::string>{"b/kernel", "b/bias"}));
    EXPECT_EQ(weights.group("top_level_model_weights").texts("weight_names"), std::vector<std::string>());
}

TEST_F(SavedModelTest, KeepsManyLayerNamesInSeveralAttributes) {
    SymbolicTensor x = Input({4});
    const SymbolicTensor input = x;
    for (int i = 0; i < 700; ++i)
        x = Activation("relu", {.name = "a_name_of_a_layer_that_takes_a_hundred_bytes_" + std::string(50, 'x') +
                                        std::to_string(i)})(x);
    const Model model({.inputs = {input}, .outputs = {Dense(2)(x)}});
    model.save(folder_ / "long.h5");
    EXPECT_EQ(weight_values(load_model(folder_ / "long.h5")), weight_values(model));
    FileSource source(folder_ / "long.h5");
    h5::File file(source, "m");
    const h5::Group weights = h5::Group::root(file).group("model_weights");
    EXPECT_FALSE(weights.has_attribute("layer_names"));
    EXPECT_TRUE(weights.has_attribute("layer_names1"));
    EXPECT_EQ(weights.texts("layer_names")->size(), 702U);
}

TEST_F(SavedModelTest, IsUnbuiltAgainWhereItWasUnbuilt) {
    const Sequential model({Dense(3)});
    for (const char* name : {"m.keras", "m.h5"}) {
        model.save(folder_ / name);
        EXPECT_FALSE(load_model(folder_ / name).built()) << name;
    }
}

TEST_F(SavedModelTest, StaysAsItWasWhenItCannotBeReplaced) {
    const fs::path file = folder_ / "m.keras";
    small().save(file);
    const std::string before = bytes_of(file);
    EXPECT_EQ(error_text([&] { small().save(folder_ / "nowhere/m.keras"); }),
              (folder_ / "nowhere/m.keras").string() + ": cannot be written: there is no folder " +
                  (folder_ / "nowhere").string());
    EXPECT_EQ(error_text([&] { small().save(folder_ / "m.onnx"); }),
              (folder_ / "m.onnx").string() + ": the name of a model's file ends with .keras or .h5");
    EXPECT_EQ(bytes_of(file), before);
    EXPECT_EQ(folder_.entries(), 1U);
}

TEST_F(SavedModelTest, IsToldApartByItsContent) {
    small().save(folder_ / "m.keras");
    small().save(folder_ / "m.h5");
    fs::rename(folder_ / "m.h5", folder_ / "disguised.keras");
    EXPECT_EQ(load_model(folder_ / "disguised.keras").count_params(), 23);
    small().save_weights(folder_ / "w.weights.h5");
    EXPECT_EQ(error_text([&] { load_model(folder_ / "w.weights.h5"); }),
              (folder_ / "w.weights.h5").string() +
                  ": it holds weights but no model; load_weights() of a model built like theirs reads them");
    EXPECT_EQ(error_text([&] { load_model(folder_ / "none.keras"); }),
              (folder_ / "none.keras").string() + ": there is no such file");
}

TEST_F(SavedModelTest, LargerThanTheMemoryLimitIsRefusedBeforeItIsAllocated) {
    small().save(folder_ / "m.keras");
    EXPECT_EQ(load_model(folder_ / "m.keras", {.memory_limit = 23 * 4 * 200}).count_params(), 23);
    const std::string error = error_text([&] { load_model(folder_ / "m.keras", {.memory_limit = 80}); });
    EXPECT_NE(error.find("m.keras"), std::string::npos) << error;
}

TEST_F(SavedModelTest, AsJsonGivesTheSameArchitecture) {
    const Model model = small();
    const Model again = model_from_json(model.to_json());
    EXPECT_EQ(again.to_json(), model.to_json());
    EXPECT_EQ(json::parse(again.get_config()), json::parse(model.to_json())["config"]);
    EXPECT_NE(weight_values(again), weight_values(model));
    EXPECT_EQ(error_text([] { model_from_json("{]"); }).substr(0, 30), "the JSON text: no valid JSON: ");
}

}  // namespace
}  // namespace markhor::formats
