// Models made of inputs and outputs: their layers' order, names, sharing, nesting, and the graphs that are refused.
#include <gtest/gtest.h>

#include <markhor/markhor.hpp>

#include "support/error_of.hpp"

namespace markhor {
namespace {

using namespace layers;

class FunctionalTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
};

std::vector<std::string> names_of(const Model& model) {
    std::vector<std::string> names;
    for (const Layer& layer : model.layers()) names.push_back(layer.name());
    return names;
}

using Names = std::vector<std::string>;

TEST_F(FunctionalTest, HasKerassAutomaticNames) {
    const auto x = Input({4});
    const Model first({.inputs = {x}, .outputs = {Dense(2)(x)}});
    const Model second({.inputs = {x}, .outputs = {Dense(2)(x)}});
    EXPECT_EQ(first.name(), "functional");
    EXPECT_EQ(second.name(), "functional_1");
    EXPECT_EQ(names_of(first), (Names{"input_layer", "dense"}));
    EXPECT_EQ(names_of(second), (Names{"input_layer", "dense_1"}));
    EXPECT_EQ(first.class_name(), "Functional");
    EXPECT_TRUE(first.built());
}

TEST_F(FunctionalTest, OrdersLayersByDepthThenAsTheWalkFromTheOutputsMeetsThem) {
    const auto image = Input({8, 8, 2}, {.name = "img"});
    const auto vector = Input({5}, {.name = "vec"});
    auto a = Conv2D(4, {3, 3})(image);
    a = GlobalAveragePooling2D()(a);
    const auto b = Dense(4)(vector);
    const auto sum = Add()({a, b});
    const auto both = Concatenate()({a, b});
    const Model model({.inputs = {image, vector},
                       .outputs = {Dense(3, {.name = "cls"})(both), Dense(1, {.name = "reg"})(sum)},
                       .name = "two"});
    EXPECT_EQ(names_of(model),
              (Names{"img", "conv2d", "vec", "global_average_pooling2d", "dense", "concatenate", "add", "cls", "reg"}));
    EXPECT_EQ(model.input_shapes(), (std::vector<Shape>{{None, 8, 8, 2}, {None, 5}}));
    EXPECT_EQ(model.output_shapes(), (std::vector<Shape>{{None, 3}, {None, 1}}));
}

TEST_F(FunctionalTest, KeepsInputsThatNoOutputDependsOn) {
    const auto used = Input({4}, {.name = "used"});
    const auto unused = Input({4}, {.name = "unused"});
    const Model model({.inputs = {used, unused}, .outputs = {Dense(2)(used)}});
    EXPECT_EQ(names_of(model), (Names{"used", "unused", "dense"}));
}

TEST_F(FunctionalTest, CountsASharedLayersWeightsOnce) {
    const auto left = Input({4});
    const auto right = Input({4});
    const Dense shared(3);
    const Model model({.inputs = {left, right}, .outputs = {Add()({shared(left), shared(right)})}});
    EXPECT_EQ(model.count_params(), 4 * 3 + 3);
    EXPECT_EQ(model.weights().size(), 2U);
}

TEST_F(FunctionalTest, NestsModelsOfBothKinds) {
    const auto x = Input({6});
    const Sequential chain({Input({6}), Dense(5)});
    const auto inner_x = Input({5});
    const Model inner({.inputs = {inner_x}, .outputs = {Dense(4)(inner_x), Dense(3)(inner_x)}});
    const Model model({.inputs = {x}, .outputs = {Concatenate()({chain(x), Dense(2)(x)})}});
    EXPECT_EQ(model.output_shapes(), (std::vector<Shape>{{None, 7}}));
    EXPECT_EQ(model.count_params(), 6 * 5 + 5 + 6 * 2 + 2);
    EXPECT_EQ(inner.count_params(), 5 * 4 + 4 + 5 * 3 + 3);
}

TEST_F(FunctionalTest, FreezesTheLayersOfAFrozenModel) {
    const auto x = Input({6});
    Sequential chain({Input({6}), Dense(5), BatchNormalization()});
    const Model model({.inputs = {x}, .outputs = {Dense(2)(chain(x))}});
    EXPECT_EQ(model.trainable_weights().size(), 6U);
    chain.set_trainable(false);
    EXPECT_EQ(model.trainable_weights().size(), 2U);
    EXPECT_EQ(model.non_trainable_weights().size(), 6U);
    EXPECT_FALSE(chain.layers()[0].trainable());
}

TEST_F(FunctionalTest, FindsLayersByName) {
    const auto x = Input({4});
    const Model model({.inputs = {x}, .outputs = {Dense(2)(Dense(3, {.name = "hidden"})(x))}});
    EXPECT_EQ(model.get_layer("hidden").count_params(), 15);
    EXPECT_EQ(test::error_of<ValueError>([&] { model.get_layer("hiden"); }),
              "functional: no layer is named 'hiden'; there are: input_layer, hidden, dense");
}

TEST_F(FunctionalTest, RefusesGraphsThatAreNone) {
    const auto x = Input({4}, {.name = "x"});
    const auto other = Input({4}, {.name = "other"});
    const auto h = Dense(3, {.name = "h"})(x);
    const auto make = [](std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs) {
        return test::error_of<ValueError>([&] { Model({.inputs = inputs, .outputs = outputs, .name = "m"}); });
    };
    EXPECT_EQ(make({other}, {h}),
              "m: the outputs depend on the input layer 'x', which is not among the model's inputs");
    EXPECT_EQ(make({h}, {Dense(2)(h)}), "m: the input that layer 'h' computes was not made by Input()");
    EXPECT_EQ(make({x, x}, {h}), "m: the input 'x' is given twice");
    EXPECT_EQ(make({}, {h}), "m: a model needs at least one input");
    EXPECT_EQ(make({x}, {}), "m: a model needs at least one output");
    EXPECT_EQ(make({x}, {Dense(2, {.name = "h"})(h)}), "m: two layers have the name 'h'; names in a model must differ");
}

TEST_F(FunctionalTest, NamesTheShapesItWasCalledWith) {
    const auto x = Input({4});
    const Model model({.inputs = {x}, .outputs = {Dense(2)(x)}, .name = "m"});
    const std::string error = test::error_of<ValueError>([&] { model(Input({5})); });
    EXPECT_EQ(error, "m (Functional): the model was given (None, 5); its input is (None, 4)");
}

TEST_F(FunctionalTest, TakesAndReleasesADeepChain) {
    auto x = Input({1});
    const auto input = x;
    for (int i = 0; i < 5000; ++i) x = Flatten()(x);
    const Model model({.inputs = {input}, .outputs = {x}});
    EXPECT_EQ(model.layers().size(), 5001U);
}

}  // namespace
}  // namespace markhor
