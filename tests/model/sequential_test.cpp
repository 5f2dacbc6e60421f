// Chains of layers: built at once, by build(), by a call; what they refuse, and where they say a map ran out.
#include <gtest/gtest.h>

#include <markhor/markhor.hpp>

#include "support/error_of.hpp"

namespace markhor {
namespace {

using namespace layers;

class SequentialTest : public testing::Test {
protected:
    void SetUp() override { clear_session(); }
};

TEST_F(SequentialTest, IsBuiltAtOnceWhereItHasAnInput) {
    const Sequential model({Input({28, 28, 1}), Conv2D(4, {3, 3}), Flatten(), Dense(10)});
    EXPECT_EQ(model.name(), "sequential");
    EXPECT_TRUE(model.built());
    EXPECT_EQ(model.input_shapes(), (std::vector<Shape>{{None, 28, 28, 1}}));
    EXPECT_EQ(model.output_shapes(), (std::vector<Shape>{{None, 10}}));
    EXPECT_EQ(model.layers().size(), 3U);  // the InputLayer is not among them
    EXPECT_EQ(Sequential({Input({2}), Dense(1)}).name(), "sequential_1");
}

TEST_F(SequentialTest, IsBuiltByBuildOrByItsFirstCall) {
    Sequential built({Dense(3), Dense(2)});
    EXPECT_FALSE(built.built());
    EXPECT_TRUE(built.weights().empty());
    built.build({None, 5});
    EXPECT_EQ(built.count_params(), 5 * 3 + 3 + 3 * 2 + 2);

    const Sequential called({Dense(3)});
    EXPECT_EQ(called(Input({7})).shape(), (Shape{None, 3}));
    EXPECT_EQ(called.count_params(), 7 * 3 + 3);
}

TEST_F(SequentialTest, GrowsByAdd) {
    Sequential model;
    model.add(Input({5}));
    model.add(Dense(3));
    EXPECT_EQ(model.count_params(), 18);
    model.add(Dense(2));
    EXPECT_EQ(model.count_params(), 18 + 8);
    EXPECT_EQ(model.output_shapes(), (std::vector<Shape>{{None, 2}}));
}

TEST_F(SequentialTest, TakesItsShapeFromAModelInFront) {
    const Sequential front({Input({5}), Dense(3)});
    const Sequential model({front, Dense(2)});
    EXPECT_EQ(model.count_params(), 18 + 8);
    EXPECT_EQ(model.layers().size(), 2U);
}

TEST_F(SequentialTest, NamesTheLayerWhereTheMapRunsOut) {
    const std::string error = test::error_of<ValueError>([] {
        Sequential({Input({8, 8, 1}), MaxPooling2D(2), MaxPooling2D(2), MaxPooling2D(2), Conv2D(4, {3, 3})});
    });
    EXPECT_TRUE(error.starts_with("conv2d (Conv2D): ")) << error;
    EXPECT_NE(error.find("the 1x1 map it receives from max_pooling2d_2"), std::string::npos) << error;

    Sequential later({MaxPooling2D(2), Conv2D(4, {3, 3}, {.name = "last"})}, {.name = "s"});
    const std::string built = test::error_of<ValueError>([&] { later.build({None, 4, 4, 1}); });
    EXPECT_NE(built.find("last (Conv2D): "), std::string::npos) << built;
    EXPECT_TRUE(later.weights().empty());
    later.build({None, 8, 8, 1});  // nothing of the failed attempt stays
    EXPECT_EQ(later.output_shapes(), (std::vector<Shape>{{None, 2, 2, 4}}));
}

TEST_F(SequentialTest, StaysAsItWasWhereALayerCannotBeAdded) {
    Sequential model({Input({4, 4, 1}), MaxPooling2D(4)});
    EXPECT_NE(test::error_of<ValueError>([&] { model.add(Conv2D(4, {3, 3})); }), "no error");
    EXPECT_EQ(model.layers().size(), 1U);
    model.add(Flatten());
    EXPECT_EQ(model.output_shapes(), (std::vector<Shape>{{None, 1}}));
}

TEST_F(SequentialTest, RefusesWhatIsNoChain) {
    const auto x = Input({4});
    EXPECT_EQ(test::error_of<ValueError>([] {
                  Sequential({Dense(2), Input({4})});
              }),
              "sequential: Input must come before the layers; it was added after 'dense'");
    EXPECT_EQ(test::error_of<ValueError>([&] {
                  Sequential({x, Input({5})}, {.name = "s"});
              }),
              "s: the Sequential has the input shape (None, 4) already; a second Input of shape (None, 5) was added");
    EXPECT_EQ(test::error_of<ValueError>([&] { Sequential({Dense(2)(x)}, {.name = "s"}); }),
              "s: a Sequential takes layers and one Input(), not the output of a layer");
    EXPECT_EQ(test::error_of<ValueError>([] {
                  Sequential({Input({4}), Dense(2, {.name = "d"}), Dense(2, {.name = "d"})}, {.name = "s"});
              }),
              "s: a layer named 'd' was added before; names in a model must differ");
    EXPECT_EQ(test::error_of<ValueError>([] {
                  Sequential({}, {.name = "s"}).build({None, 4});
              }),
              "s: the Sequential has no layers; add() some");
    EXPECT_EQ(test::error_of<ValueError>([&] {
                  Sequential({Input({4}), Dense(2)}, {.name = "s"}).build({None, 5});
              }),
              "s: the Sequential was built for the input shape (None, 4); build() was given (None, 5)");
}

}  // namespace
}  // namespace markhor
