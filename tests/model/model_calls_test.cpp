// model(tensor), pop(), clone_model(), and what is said where an axis is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <markhor/markhor.hpp>

#include "support/error_of.hpp"

namespace markhor {
namespace {

using namespace layers;
using test::error_of;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::vector<float> values(const Tensor& tensor) {
    const auto data = tensor.data<float>();
    return {data.begin(), data.end()};
}

Sequential called_network() {
    clear_session();
    set_random_seed(1);
    return Sequential({Input({4}), Dense(8, {.activation = "relu"}), Dropout(0.5), Dense(3)});
}

TEST(ModelCall, OnValuesPredictsWithoutDropout) {
    const Sequential model = called_network();
    const Tensor x = Tensor::full({2, 4}, 0.5F);
    EXPECT_THAT(values(model(x)), ElementsAreArray(values(model.predict(x))));
    EXPECT_EQ(model(Input({4})).shape(), Shape({None, 3}));  // and on symbols it is a layer still
}

TEST(ModelCall, TakesSeveralInputsInOrderOrByName) {
    const auto a = Input({2}, {.name = "a"});
    const auto b = Input({2}, {.name = "b"});
    const Model model({.inputs = {a, b}, .outputs = {Subtract()({a, b})}});
    const Tensor ones = Tensor::full({1, 2}, 1), threes = Tensor::full({1, 2}, 3);
    EXPECT_FLOAT_EQ(model({ones, threes}).data<float>()[0], -2);
    EXPECT_FLOAT_EQ(model({{"b", ones}, {"a", threes}}).data<float>()[0], 2);
}

TEST(Pop, TakesTheLastLayerOffAndKeepsTheOthersWeights) {
    Sequential model = called_network();
    const Tensor x = Tensor::full({2, 4}, 0.5F);
    const std::vector<Tensor> before = model.get_weights();
    EXPECT_EQ(model.pop().name(), "dense_1");
    EXPECT_EQ(model.output_shapes().front(), Shape({None, 8}));
    EXPECT_EQ(model.get_weights().size(), 2U);
    EXPECT_EQ(model(x).shape(), Shape({2, 8}));
    model.add(Dense(5, {.name = "other"}));
    EXPECT_EQ(model(x).shape(), Shape({2, 5}));
    EXPECT_THAT(values(model.get_weights()[0]), ElementsAreArray(values(before[0])));
    while (!model.layers().empty()) model.pop();
    model.add(Dense(2, {.name = "again"}));
    EXPECT_EQ(model(x).shape(), Shape({2, 2}));
    EXPECT_THAT(error_of([] { Sequential().pop(); }), HasSubstr("without layers"));
}

TEST(Pop, OfAModelThatIsCompiledTrainsAfterCompilingAgain) {
    Sequential model = called_network();
    model.compile({.optimizer = "adam", .loss = "mse"});
    model.fit(Tensor::full({4, 4}, 1), Tensor::full({4, 3}, 1), {.verbose = 0});
    model.pop();
    model.add(Dense(2, {.name = "head"}));
    model.compile({.optimizer = "adam", .loss = "mse"});
    model.fit(Tensor::full({4, 4}, 1), Tensor::full({4, 2}, 1), {.verbose = 0});
    EXPECT_EQ(model.get_weights().back().shape(), Shape({2}));
}

TEST(CloneModel, HasTheSameLayersAndOtherWeights) {
    const Sequential model = called_network();
    Sequential clone = clone_model(model);
    EXPECT_EQ(clone.to_json(), model.to_json());
    EXPECT_NE(values(clone.get_weights()[0]), values(model.get_weights()[0]));
    clone.set_weights(model.get_weights());
    const Tensor x = Tensor::full({2, 4}, 0.5F);
    EXPECT_THAT(values(clone(x)), ElementsAreArray(values(model(x))));
    clone.pop();
    EXPECT_EQ(model.layers().size(), 3U);
    EXPECT_THAT(error_of([&] { clone.evaluate(x, x); }), HasSubstr("not compiled"));
    EXPECT_TRUE(clone_model(Sequential({Dense(3)})).get_weights().empty());  // not built, and so is its clone
}

TEST(CloneModel, KeepsWhatIsSharedAndNested) {
    clear_session();
    const Sequential inner({Input({3}), Dense(3)}, {.name = "inner"});
    const Dense shared(3, {.name = "shared"});
    const auto a = Input({3});
    const auto b = Input({3});
    const Model model({.inputs = {a, b}, .outputs = {Add()({inner(shared(a)), shared(b)})}});
    Model clone = clone_model(model);
    EXPECT_EQ(clone.get_weights().size(), model.get_weights().size());
    EXPECT_EQ(clone.count_params(), model.count_params());
    EXPECT_EQ(clone.to_json(), model.to_json());
    clone.set_weights(model.get_weights());
    const Tensor x = Tensor::full({2, 3}, 0.25F);
    EXPECT_THAT(values(clone({x, x})), ElementsAreArray(values(model({x, x}))));
}

TEST(CloneModel, OfLayersOfOnesOwn) {
    clear_session();
    const CustomObject doubled{.call = [](const std::vector<SymbolicTensor>& inputs, const CustomConfig&) {
        return std::vector{Add()({inputs[0], inputs[0]})};
    }};
    const Sequential model({Input({2}), custom_layer("Doubled", doubled)});
    EXPECT_FLOAT_EQ(clone_model(model)(Tensor::full({1, 2}, 3)).data<float>()[0], 6);
}

TEST(SequentialOf, IsForSequentialsAlone) {
    const Sequential model = called_network();
    EXPECT_EQ(Sequential::of(static_cast<const Model&>(model)).name(), model.name());
    const auto x = Input({2});
    EXPECT_THAT(error_of([&] { Sequential::of(Model({.inputs = {x}, .outputs = {Dense(1)(x)}})); }),
                HasSubstr("is a Functional; expected a Sequential"));
}

TEST(Input, OfNothingIsRefusedWithAWordOfXlib) {
    EXPECT_THAT(error_of([] { Input({0L, 0L, 3}); }), HasSubstr("keras::none"));
    EXPECT_EQ(Input({none, none, 3}).shape(), Shape({None, None, None, 3}));
}

TEST(MissingAxis, IsGuessed) {
    clear_session();
    Sequential model({Input({28, 28, 1}), Conv2D(2, {3, 3}), GlobalAveragePooling2D(), Dense(2)});
    model.compile({.optimizer = "sgd", .loss = "mse"});
    const Tensor image = Tensor::full({28, 28, 1}, 1);
    EXPECT_THAT(error_of<ShapeError>([&] { model.predict(image); }),
                HasSubstr("expected (batch, 28, 28, 1), got (28, 28, 1): the batch axis is missing; a batch of one is "
                          "expand_dims(x, 0), or x.reshaped({1, 28, 28, 1})"));
    EXPECT_EQ(model(expand_dims(image, 0)).shape(), Shape({1, 2}));
    EXPECT_THAT(error_of<ShapeError>([&] {
                    model(Tensor::full({5, 28, 28}, 1));
                }),
                HasSubstr("expand_dims(x, -1) adds it"));
    EXPECT_THAT(error_of<ShapeError>([&] {
                    model.evaluate(image, Tensor::full({28, 2}, 1));
                }),
                HasSubstr("the batch axis is missing"));
    EXPECT_THAT(error_of<ShapeError>([&] { model(Tensor::full({1, 32, 32, 1}, 1)); }), HasSubstr("an example has"));
}

}  // namespace
}  // namespace markhor
