// Fine-tuning: what each phase trains and what it leaves bit for bit as it was, and that the classes are learnt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <markhor/finetune.hpp>
#include <markhor/markhor.hpp>
#include <sstream>

#include "insight/support.hpp"
#include "support/error_of.hpp"
#include "support/files.hpp"

namespace markhor::insight {
namespace {

using namespace layers;
using testing::HasSubstr;

constexpr std::int64_t side = 12, count = 48;

// Three classes: bright at the left, at the right, or in the middle.
Dataset pictures(std::uint32_t seed) {
    Tensor x({count, side, side, 1}, DType::float32);
    Tensor y({count}, DType::int32);
    const auto pixels = x.data<float>();
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t kind = i % 3;
        y.data<std::int32_t>()[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(kind);
        for (std::int64_t at = 0; at < side * side; ++at) {
            seed = seed * 1664525U + 1013904223U;
            const std::int64_t third = at % side / (side / 3);
            const bool bright = third == (kind == 0 ? 0 : kind == 1 ? 2 : 1);
            pixels[static_cast<std::size_t>(i * side * side + at)] =
                (bright ? 0.7F : 0.1F) + static_cast<float>(seed >> 8U) / 67108864.0F;
        }
    }
    return {x, y};
}

class FinetuneTest : public testing::Test {
protected:
    FinetuneTest() : data{pictures(1), pictures(2)} {
        clear_session();
        set_random_seed(5);
        options.output = &progress;
        options.batch_size = 16;
        options.head_learning_rate = 1e-2;
    }

    Sequential network() const {
        return Sequential({Input({side, side, 1}), Conv2D(6, 3, {.activation = "relu", .name = "first"}),
                           BatchNormalization(BatchNormalizationOptions{.name = "normal"}), MaxPooling2D(2),
                           Conv2D(8, 3, {.activation = "relu", .name = "second"}), Flatten(), Dense(5)});
    }

    data::TrainTest data;
    FinetuneOptions options;
    std::ostringstream progress;
};

std::vector<std::vector<float>> values(const std::vector<VariablePtr>& weights) {
    std::vector<std::vector<float>> all;
    for (const VariablePtr& weight : weights) {
        const auto one = std::as_const(weight->value).data<float>();
        all.emplace_back(one.begin(), one.end());
    }
    return all;
}

TEST_F(FinetuneTest, TheFirstPhaseTrainsTheHeadAlone) {
    const Sequential model = network();
    std::vector<std::vector<std::vector<float>>> before;
    for (const char* name : {"first", "normal", "second"}) before.push_back(values(model.get_layer(name).weights()));
    options.head_epochs = 4;
    options.epochs = 0;
    const FinetuneResult result = finetune(model, data, options);
    std::size_t at = 0;
    for (const char* name : {"first", "normal", "second"}) {
        EXPECT_EQ(values(model.get_layer(name).weights()), before[at++]) << name;
    }
    ASSERT_EQ(result.stages.size(), 2U);
    EXPECT_EQ(result.stages[1].trained_params, 8 * 3 + 3);
    EXPECT_EQ(result.model.output_shapes()[0], Shape({None, 3}));
}

TEST_F(FinetuneTest, TheSecondTrainsTheBackboneWithItsStatisticsAsTheyWere) {
    const Sequential model = network();
    const auto first = values(model.get_layer("first").weights());
    const auto second = values(model.get_layer("second").weights());
    const auto statistics = values(model.get_layer("normal").non_trainable_weights());
    const auto scales = values(model.get_layer("normal").trainable_weights());
    options.learning_rate = 1e-3;
    const FinetuneResult result = finetune(model, data, options);
    EXPECT_NE(values(model.get_layer("first").weights()), first);
    EXPECT_NE(values(model.get_layer("second").weights()), second);
    EXPECT_NE(values(model.get_layer("normal").trainable_weights()), scales);
    EXPECT_EQ(values(model.get_layer("normal").non_trainable_weights()), statistics);
    EXPECT_EQ(result.stages.back().name, "fine-tuned");
    EXPECT_THAT(finetune_table(result), HasSubstr("fine-tuned"));
}

TEST_F(FinetuneTest, OnlyTheEndMayBeTrained) {
    const Sequential model = network();
    const auto first = values(model.get_layer("first").weights());
    const auto second = values(model.get_layer("second").weights());
    options.unfreeze = 1;
    options.learning_rate = 1e-3;
    (void)finetune(model, data, options);
    EXPECT_EQ(values(model.get_layer("first").weights()), first);
    EXPECT_NE(values(model.get_layer("second").weights()), second);
}

TEST_F(FinetuneTest, LearnsTheClassesAndKeepsThemInAFile) {
    options.head = "both";
    options.head_epochs = 30;
    options.epochs = 10;
    options.learning_rate = 3e-3;
    const FinetuneResult result = finetune(network(), data, options);
    EXPECT_GT(result.stages.back().accuracy, 0.9) << finetune_table(result);
    const test::TemporaryFolder folder;
    const auto file = folder / "m.keras";
    result.model.save(file);
    const Model again = load_model(file);
    const Tensor wanted = result.model.predict(data.test);
    const Tensor got = again.predict(data.test);
    EXPECT_TRUE(std::ranges::equal(std::as_const(got).data<float>(), std::as_const(wanted).data<float>()));
}

TEST_F(FinetuneTest, SaysWhatItCannotTake) {
    const Sequential flat({Input({8}), Dense(3)});
    EXPECT_THAT(markhor::test::error_of<ValueError>([&] { (void)finetune(flat, data, options); }),
                HasSubstr("a backbone ends in a map (height, width, channels); this one ends in (3"));
    options.head = "flat";
    EXPECT_THAT(markhor::test::error_of<ValueError>([&] { (void)finetune(network(), data, options); }),
                HasSubstr("there is no head 'flat'; gap, gmp and both are known"));
    options.head = "gap";
    const data::TrainTest numbers{Dataset(Tensor::zeros({4, side, side, 1}), Tensor::zeros({4})), data.test};
    EXPECT_THAT(markhor::test::error_of<ValueError>([&] { (void)finetune(network(), numbers, options); }),
                HasSubstr("the labels are float32; int32 class numbers are wanted"));
}

}  // namespace
}  // namespace markhor::insight
