// load_weights() from each of Keras's formats: in order, by name, and where not everything fits.
#include "formats/load_weights.hpp"

#include <gtest/gtest.h>

#include "formats/files.hpp"

namespace markhor::formats {
namespace {

using namespace layers;

class LoadWeightsTest : public testing::Test {
protected:
    /// Two dense layers of these names; the second, the head, with so many units.
    static Model network(const std::string& body, const std::string& head, std::int64_t classes = 3) {
        return Sequential({Input({4}), Dense(5, {.name = body}), Dense(classes, {.name = head})});
    }

    LoadWeightsOptions skipping() {
        return {.skip_mismatch = true, .on_warning = [this](const std::string& text) { warnings_.push_back(text); }};
    }

    TemporaryFolder folder_;
    std::vector<std::string> warnings_;
};

class RealFileTest : public testing::TestWithParam<std::string> {};

TEST_P(RealFileTest, GivesTheSameWeightsAsLoadingTheModel) {
    const std::filesystem::path file = golden_folder() / "saved" / GetParam();
    const Model saved = load_model(file, {.compile = false});
    Model other = model_from_json(saved.to_json());
    ASSERT_NE(weight_values(other), weight_values(saved));
    other.load_weights(file);
    EXPECT_EQ(weight_values(other), weight_values(saved));
    if (file.extension() != ".h5") return;
    Model by_name = model_from_json(saved.to_json());
    by_name.load_weights(file, {.by_name = true});
    EXPECT_EQ(weight_values(by_name), weight_values(saved));
}

INSTANTIATE_TEST_SUITE_P(Keras2, RealFileTest,
                         testing::Values("keras2/demo_a.h5", "keras2/demo_a.keras", "keras2/nested.h5",
                                         "keras2/residual.h5", "keras2/residual.keras", "keras2/shared.h5"),
                         [](const auto& file) { return test_name(file.param); });

TEST_F(LoadWeightsTest, ByNameLeavesLayersOfOtherNames) {
    const Model saved = network("body", "head");
    saved.save(folder_ / "m.h5");
    Model model = network("body", "another");
    const auto before = weight_values(model);
    model.load_weights(folder_ / "m.h5", {.by_name = true});
    EXPECT_EQ(weight_values(model)[0], weight_values(saved)[0]);
    EXPECT_EQ(weight_values(model)[2], before[2]);
    EXPECT_NE(before[0], weight_values(saved)[0]);
}

TEST_F(LoadWeightsTest, ByNameIsRefusedWhereLayersHaveNone) {
    Model model = network("body", "head");
    model.save_weights(folder_ / "m.weights.h5");
    model.save(folder_ / "m.keras");
    for (const char* name : {"m.weights.h5", "m.keras"}) {
        const std::string error = error_text([&] { model.load_weights(folder_ / name, {.by_name = true}); });
        EXPECT_NE(error.find(": its layers have no names; by_name wants one of the older .h5 files"), std::string::npos)
            << error;
    }
}

TEST_F(LoadWeightsTest, SkippingMismatchesTakesWhatFitsInEveryFormat) {
    const Model saved = network("body", "head", 3);
    saved.save(folder_ / "m.h5");
    saved.save(folder_ / "m.keras");
    saved.save_weights(folder_ / "m.weights.h5");
    for (const char* name : {"m.h5", "m.keras", "m.weights.h5"}) {
        SCOPED_TRACE(name);
        Model model = network("body", "head", 7);
        const auto before = weight_values(model);
        EXPECT_THROW(model.load_weights(folder_ / name), FileError);
        EXPECT_EQ(weight_values(model), before);
        warnings_.clear();
        model.load_weights(folder_ / name, skipping());
        EXPECT_EQ(weight_values(model)[0], weight_values(saved)[0]);
        EXPECT_EQ(weight_values(model)[2], before[2]);
        ASSERT_FALSE(warnings_.empty());
        EXPECT_TRUE(warnings_[0].ends_with("its shape is (5, 3); the weight head/kernel has (5, 7); skipped"))
            << warnings_[0];
    }
}

TEST_F(LoadWeightsTest, SkippingMismatchesLeavesALayerWithOtherWeights) {
    const Model saved = network("body", "head");
    saved.save(folder_ / "m.h5");
    saved.save_weights(folder_ / "m.weights.h5");
    for (const char* name : {"m.h5", "m.weights.h5"}) {
        SCOPED_TRACE(name);
        Model model =
            Sequential({Input({4}), Dense(5, {.name = "body"}), Dense(3, {.use_bias = false, .name = "head"})});
        const auto before = weight_values(model);
        warnings_.clear();
        model.load_weights(folder_ / name, skipping());
        EXPECT_EQ(weight_values(model)[0], weight_values(saved)[0]);
        EXPECT_EQ(weight_values(model)[2], before[2]);
        ASSERT_EQ(warnings_.size(), 1U);
        EXPECT_TRUE(warnings_[0].ends_with(": it holds 2 weights; layer 'head' has 1; skipped")) << warnings_[0];
    }
}

TEST_F(LoadWeightsTest, SkippingMismatchesStillRefusesDamagedFiles) {
    Model model = network("body", "head");
    EXPECT_THROW(model.load_weights(golden_folder() / "unsafe/truncated.weights.h5", skipping()), FileError);
    EXPECT_EQ(warnings_, std::vector<std::string>());
}

}  // namespace
}  // namespace markhor::formats
