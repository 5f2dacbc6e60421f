// A model as a graph: its placeholders, labels and outputs, and the shapes that cannot be lowered.
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/markhor.hpp>
#include <set>

#include "model/model_base.hpp"

namespace markhor {
namespace {

using namespace layers;

class LowerTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
};

std::set<std::string> placeholders_of(const graph::Graph& graph) {
    std::set<std::string> labels;
    for (const graph::Node& node : graph.nodes()) {
        if (const auto* placeholder = ops::as<graph::Placeholder>(*node.op)) labels.insert(placeholder->label);
    }
    return labels;
}

std::string error_of(const Model& model, std::int64_t batch) {
    try {
        lower(*model.model_base(), batch, false);
    } catch (const ValueError& error) {
        return error.what();
    }
    return "no error";
}

TEST_F(LowerTest, HasAPlaceholderForEachInputAndInTrainingASeed) {
    const auto a = Input({4});
    const auto b = Input({4});
    const Model model({.inputs = {a, b}, .outputs = {Dropout(0.5)(Add()({a, b})), a}});
    const LoweredModel inference = lower(*model.model_base(), 3, false);
    EXPECT_EQ(placeholders_of(inference.graph), (std::set<std::string>{"input_0", "input_1"}));
    EXPECT_FALSE(inference.seed);
    ASSERT_EQ(inference.outputs.size(), 2U);
    EXPECT_EQ(inference.graph.spec(inference.outputs[0]).shape, (Shape{3, 4}));
    EXPECT_EQ(inference.outputs[1], inference.inputs[0]);
    EXPECT_EQ(inference.graph.outputs(), inference.outputs);

    const LoweredModel training = lower(*model.model_base(), 3, true);
    EXPECT_EQ(placeholders_of(training.graph), (std::set<std::string>{"input_0", "input_1", "seed"}));
    EXPECT_EQ(training.graph.spec(training.seed).dtype, DType::int64);
    EXPECT_EQ(training.graph.spec(training.seed).shape, (Shape{2}));
}

TEST_F(LowerTest, LabelsOpsWithTheirLayersWithinNestedModelsToo) {
    const auto x = Input({6});
    const Sequential inner({Input({6}), Dense(5, {.name = "inside"})});
    const Model model({.inputs = {x}, .outputs = {Dense(2, {.name = "outside"})(inner(x))}});
    const LoweredModel lowered = lower(*model.model_base(), 2, false);
    std::set<std::string> labels;
    for (const graph::Node& node : lowered.graph.nodes()) labels.insert(node.label);
    EXPECT_TRUE(labels.contains("inside"));
    EXPECT_TRUE(labels.contains("outside"));
}

TEST_F(LowerTest, ReadsASharedWeightOnce) {
    const auto a = Input({4});
    const auto b = Input({4});
    const Dense shared(3);
    const Model model({.inputs = {a, b}, .outputs = {Add()({shared(a), shared(b)})}});
    const LoweredModel lowered = lower(*model.model_base(), 2, false);
    const auto is_read = [](const graph::Node& node) { return ops::as<graph::VariableRead>(*node.op) != nullptr; };
    EXPECT_EQ(std::ranges::count_if(lowered.graph.nodes(), is_read), 2);
}

TEST_F(LowerTest, SaysWhichInputCannotBeRun) {
    EXPECT_EQ(
        error_of(Sequential({Input({None, None, 3}, {.name = "any"}), GlobalAveragePooling2D()}), 2),
        "any: the input's shape (None, None, None, 3) has other unknown sizes than the batch's; such a model can be "
        "described but not run");
    EXPECT_EQ(error_of(Sequential({Input({4}, {.name = "four", .batch_size = 4}), Dense(2)}), 2),
              "four: a batch of 2 was given; the input's shape is (4, 4)");
    EXPECT_EQ(error_of(Sequential({Dense(2)}, {.name = "s"}), 2),
              "s: the model has no input shape yet; build() it or give it data first");
}

}  // namespace
}  // namespace markhor
