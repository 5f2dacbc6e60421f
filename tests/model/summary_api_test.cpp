// summary() of networks made in C++: the case study's, in both styles; and what it refuses.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <markhor/markhor.hpp>
#include <sstream>

#include "support/paths.hpp"

namespace markhor {
namespace {

using namespace layers;

std::string read_text(const std::string& file) {
    std::ifstream stream(markhor::test::golden(file), std::ios::binary);
    EXPECT_TRUE(stream) << file;
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

class SummaryApiTest : public testing::Test {
protected:
    void SetUp() override {
        clear_session();
        unsetenv("COLUMNS");
    }
    void TearDown() override { unsetenv("COLUMNS"); }
};

Sequential api_backbone() {
    return Sequential(
        {Input({224, 224, 3}), Conv2D(32, {3, 3}, {.activation = "relu"}), Conv2D(32, {3, 3}, {.activation = "relu"}),
         MaxPooling2D({2, 2}, {.strides = {2, 2}}), BatchNormalization(), Conv2D(64, {3, 3}, {.activation = "relu"}),
         Conv2D(64, {3, 3}, {.activation = "relu"}), MaxPooling2D({2, 2}, {.strides = {2, 2}}), BatchNormalization()});
}

Sequential flatten_network() {
    Sequential model = api_backbone();
    model.add(Flatten());
    model.add(Dropout(0.3));
    model.add(Dense(64, {.activation = "relu"}));
    model.add(Dense(32, {.activation = "relu"}));
    model.add(Dense(10, {.activation = "softmax"}));
    return model;
}

Sequential pooled_network() {
    Sequential model = api_backbone();
    model.add(GlobalAveragePooling2D());
    model.add(Dropout(0.3));
    model.add(Dense(10, {.activation = "softmax"}));
    return model;
}

TEST_F(SummaryApiTest, OfTheCaseStudysNetworksIsKeras3s) {
    EXPECT_EQ(flatten_network().summary_text({.line_length = 80}), read_text("summary/flatten_head.txt"));
    clear_session();
    EXPECT_EQ(pooled_network().summary_text({.line_length = 80}), read_text("summary/gap_head.txt"));
}

TEST_F(SummaryApiTest, OfTheCaseStudysNetworksIsKeras2sOnRequest) {
    const Sequential flatten = flatten_network();
    const SummaryStyle classic = SummaryStyle::classic;
    EXPECT_EQ(flatten.summary_text({.style = classic}), read_text("summary_classic/summary_demo_a.txt"));
    EXPECT_EQ(flatten.summary_text({.line_length = 90, .style = classic}),
              read_text("summary_classic/summary_demo_a__line_length90.txt"));
    EXPECT_EQ(flatten.summary_text({.show_trainable = true, .style = classic}),
              read_text("summary_classic/summary_demo_a__show_trainable.txt"));
    clear_session();
    EXPECT_EQ(pooled_network().summary_text({.style = classic}), read_text("summary_classic/summary_demo_b.txt"));
}

/// As Keras 2 recorded it, by Keras 2's automatic names.
Model residual_network() {
    const auto input = Input({32, 32, 3}, {.name = "input_1"});
    auto x = Conv2D(16, {3, 3}, {.padding = "same", .use_bias = false})(input);
    x = BatchNormalization()(x);
    const auto stem = ReLU()(x);
    x = Conv2D(16, {3, 3}, {.padding = "same"})(stem);
    x = BatchNormalization()(x);
    x = Activation("relu")(x);
    x = Conv2D(16, {3, 3}, {.padding = "same"})(x);
    x = Add()({x, stem});
    const auto block = LeakyReLU()(x);
    x = Conv2D(32, {3, 3}, {.strides = 2, .padding = "same"})(block);
    x = BatchNormalization()(x);
    x = Activation("relu")(x);
    x = Conv2D(32, {3, 3}, {.padding = "same"})(x);
    const auto shortcut = Conv2D(32, {1, 1}, {.strides = 2, .padding = "same"})(block);
    x = Add()({x, shortcut});
    x = LeakyReLU()(x);
    x = GlobalAveragePooling2D()(x);
    const auto output = Dense(10, {.activation = "softmax"})(x);
    return Model({.inputs = {input}, .outputs = {output}, .name = "model"});
}

TEST_F(SummaryApiTest, OfABranchingNetworkShowsItsConnectionsInKeras2sStyle) {
    const Model model = residual_network();
    const SummaryStyle classic = SummaryStyle::classic;
    EXPECT_EQ(model.summary_text({.style = classic}), read_text("summary_classic/summary_residual.txt"));
    EXPECT_EQ(model.summary_text({.line_length = 120, .style = classic}),
              read_text("summary_classic/summary_residual__line_length120.txt"));
}

TEST_F(SummaryApiTest, GoesToTheStreamOrFunctionWhole) {
    const Sequential model({Input({4}), Dense(2)});
    std::ostringstream stream;
    model.summary(stream);
    EXPECT_EQ(stream.str(), model.summary_text());

    std::vector<std::string> printed;
    model.summary({.print_fn = [&](const std::string& text) { printed.push_back(text); }});
    EXPECT_EQ(printed, std::vector<std::string>{model.summary_text()});
}

TEST_F(SummaryApiTest, FollowsTheWidthOfTheConsoleThatColumnsStates) {
    const Sequential model({Input({4}), Dense(2)});
    const auto width = [&](int line_length) {
        const std::string text = model.summary_text({.line_length = line_length});
        const std::string rule = text.substr(text.find('\n') + 1);
        return rule.find('\n') / std::string("━").size();
    };
    EXPECT_EQ(width(0), 76U);
    EXPECT_EQ(width(120), 120U);  // a file takes lines of any length
    setenv("COLUMNS", "60", 1);
    EXPECT_EQ(width(0), 56U);
    EXPECT_EQ(width(120), 60U);
    setenv("COLUMNS", "200", 1);
    EXPECT_EQ(width(0), 88U);
}

std::string error_of(const Model& model, const SummaryOptions& options) {
    try {
        (void)model.summary_text(options);
    } catch (const ValueError& error) {
        return error.what();
    }
    return "no error";
}

TEST_F(SummaryApiTest, SaysWhatItCannotShow) {
    const Sequential model({Input({4}), Dense(2)}, {.name = "small"});
    EXPECT_EQ(error_of(model, {.layer_range = {"dense"}}),
              "small: layer_range has 1 entries; the names of a first and a last layer are wanted");
    EXPECT_EQ(error_of(model, {.layer_range = {"dense", "conv"}}),
              "small: no layer's name matches the layer_range 'conv'");
    EXPECT_EQ(error_of(model, {.positions = {0.5, 1.0}}), "small: summary() got 2 positions; the table has 3 columns");
    EXPECT_EQ(error_of(model, {.line_length = 10}),
              "small: summary() needs at least 4 characters a column; line_length 10 leaves 'Param #' 2");
}

}  // namespace
}  // namespace markhor
