// What a model was compiled with, and its optimizer's state: training goes on where it stopped.
#include <gtest/gtest.h>

#include "formats/compile_config.hpp"
#include "formats/files.hpp"
#include "formats/zip_archive.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "training/optimizer.hpp"

namespace markhor::formats {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace layers;

std::vector<std::vector<float>> state_of(const Model& model) {
    std::vector<std::vector<float>> state;
    for (const VariablePtr& variable : model.optimizer().base()->variables()) {
        const Tensor value = variable->value.cast(DType::float32);
        const auto data = value.data<float>();
        state.emplace_back(data.begin(), data.end());
    }
    return state;
}

Tensor ramp(const Shape& shape) {
    Tensor tensor(shape, DType::float32);
    int number = 0;
    for (float& element : tensor.data<float>()) element = static_cast<float>(37 * number++ % 100) / 100;
    return tensor;
}

class CompileStateTest : public testing::Test {
protected:
    void SetUp() override {
        clear_session();
        set_random_seed(3);
    }
    static Model trained(const Optimizer& optimizer) {
        Sequential model({Input({5}), Dense(4, {.activation = "relu"}), BatchNormalization(), Dense(3)});
        model.compile({.optimizer = optimizer, .loss = "mse", .metrics = {"mae"}});
        for (int i = 0; i < 3; ++i) model.train_on_batch(ramp({6, 5}), ramp({6, 3}));
        return model;
    }
    TemporaryFolder folder_;
};

// As in Keras, which warns and goes on.
TEST_F(CompileStateTest, StartsAnewWhereLayersWereFrozenSince) {
    const Model model = trained("adam");
    model.layers()[0].set_trainable(false);
    for (const char* name : {"frozen.keras", "frozen.h5"}) {
        const fs::path file = folder_ / name;
        model.save(file);
        testing::internal::CaptureStderr();
        const Model again = load_model(file);
        EXPECT_NE(testing::internal::GetCapturedStderr().find("it starts anew"), std::string::npos) << name;
        EXPECT_EQ(weight_values(again), weight_values(model)) << name;
        EXPECT_EQ(again.optimizer().iterations(), 0) << name;
    }
}

TEST_F(CompileStateTest, StartsAnewWhereTheOptimizersVariablesHaveAnotherOrder) {
    testing::internal::CaptureStderr();
    const Model model = load_model(golden_folder() / "compiled/optimizer_order.h5");
    const std::string warning = testing::internal::GetCapturedStderr();
    EXPECT_NE(warning.find("the optimizer starts anew"), std::string::npos) << warning;
    EXPECT_EQ(model.optimizer().iterations(), 0);
}

TEST_F(CompileStateTest, LetsTrainingGoOnInBothFormats) {
    int number = 0;
    for (const Optimizer& optimizer :
         {optimizers::Adam({.amsgrad = true}), optimizers::SGD({.momentum = 0.9, .nesterov = true})}) {
        Model model = trained(optimizer);
        model.optimizer().set_learning_rate(0.02);
        const fs::path keras = folder_ / (std::to_string(number) + ".keras");
        const fs::path h5 = folder_ / (std::to_string(number++) + ".h5");
        model.save(keras);
        model.save(h5);
        Model from_keras = load_model(keras);
        Model from_h5 = load_model(h5);
        EXPECT_EQ(state_of(from_keras), state_of(model));
        EXPECT_EQ(state_of(from_h5), state_of(model));
        EXPECT_EQ(from_keras.optimizer().iterations(), 3);
        model.train_on_batch(ramp({6, 5}), ramp({6, 3}));
        from_keras.train_on_batch(ramp({6, 5}), ramp({6, 3}));
        from_h5.train_on_batch(ramp({6, 5}), ramp({6, 3}));
        EXPECT_EQ(weight_values(from_keras), weight_values(model));
        EXPECT_EQ(weight_values(from_h5), weight_values(model));
    }
}

TEST_F(CompileStateTest, IsReadFromFilesOfKeras2AndKeras3) {
    for (const char* file : {"saved/keras2/trained_adam.keras", "saved/keras2/trained_adam.h5",
                             "saved/keras3b/trained_adam.keras", "saved/keras3b/trained_adam.h5",
                             "saved/keras3b/trained_sgd_momentum.h5", "saved/keras3b/trained_rmsprop_schedule.keras"}) {
        std::string warnings;
        const Model model =
            load_model(golden_folder() / file, {.on_warning = [&](const std::string& text) { warnings += text; }});
        EXPECT_EQ(warnings, "") << file;
        ASSERT_TRUE(model.model_base()->trainer().compiled()) << file;
        EXPECT_GT(model.optimizer().iterations(), 0) << file;
    }
}

TEST_F(CompileStateTest, KeepsTheConfigThatKerasWrote) {
    for (const char* name : {"trained_adam", "trained_sgd_momentum", "trained_rmsprop_schedule"}) {
        const fs::path file = golden_folder() / "saved/keras3b" / (std::string(name) + ".keras");
        const Model model = load_model(file);
        model.save(folder_ / "again.keras");
        const auto config = [](const fs::path& archive) {
            return json::parse(ZipReader(archive).text("config.json", 1 << 20))["compile_config"];
        };
        EXPECT_EQ(config(folder_ / "again.keras"), config(file)) << name;
    }
}

TEST_F(CompileStateTest, IsLeftOutWhereItIsNotWantedOrCannotBe) {
    const fs::path file = folder_ / "m.keras";
    trained(optimizers::Adam()).save(file);
    EXPECT_FALSE(load_model(file, {.compile = false}).model_base()->trainer().compiled());

    const auto error = [](const char* key, const json& value) {
        json config = compile_config({.optimizer = "adam", .loss = "mse"});
        config[key] = value;
        return error_text([&] { read_compile_config(config, "f"); });
    };
    EXPECT_EQ(error("loss", 5), "f: 'loss': 5 where one class or name is wanted");
    EXPECT_EQ(error("metrics", {{"mse", 5}}), "f: 'metrics': 5 where one class or name is wanted");
    EXPECT_TRUE(error("optimizer", {{"class_name", "Magic"}, {"config", json::object()}})
                    .starts_with("f: 'optimizer': the class 'Magic' is unknown"));
    EXPECT_TRUE(error("loss", "nonsense").starts_with("f: 'loss': ")) << error("loss", "nonsense");
    EXPECT_EQ(error("loss_weights", {1, "two"}), "f: 'loss_weights': \"two\" where a number is wanted");
}

}  // namespace
}  // namespace markhor::formats
