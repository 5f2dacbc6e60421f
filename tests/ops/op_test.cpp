// What an op does where its class says nothing else.
#include "ops/op.hpp"

#include "support.hpp"

namespace markhor::ops {
namespace {

class Nothing final : public Op {
public:
    std::string_view name() const override { return "nothing"; }
    std::vector<TensorSpec> outputs(std::span<const TensorSpec> inputs) const override { return {inputs[0]}; }
};

TEST(Op, MovesItsInputsAndOutputsOnceByDefault) {
    const std::vector<TensorSpec> inputs{test::f32({2, 3}), test::u8({5})};
    const Cost cost = Nothing().cost(inputs, Nothing().outputs(inputs));
    EXPECT_EQ(cost.flops, 0);
    EXPECT_EQ(cost.bytes, 24 + 5 + 24);
}

TEST(Op, HasNoGradientByDefaultAndSaysSo) {
    const auto build = [](Builder& b, const std::vector<Value>& v) {
        return b.add1(std::make_shared<Nothing>(), {v[0]});
    };
    EXPECT_THAT([&] { test::check_gradient(build, {test::random_doubles({2}, 1)}); },
                testing::ThrowsMessage<Error>("the operation nothing has no gradient"));
}

TEST(Op, IsNeitherInPlaceNorAViewByDefault) {
    EXPECT_EQ(Nothing().in_place_input(0), -1);
    EXPECT_FALSE(Nothing().is_view());
    EXPECT_EQ(Nothing().attributes(), "");
}

TEST(Op, IsRefusedByAnEngineThatDoesNotKnowIt) {
    const std::vector<TensorSpec> specs{test::f32({2})};
    EXPECT_THAT(
        [&] { engine::reference().kernel(Nothing(), specs, specs); },
        testing::ThrowsMessage<Error>("the reference engine has no kernel for the operation nothing of float32"));
}

TEST(TensorSpec, CountsItsBytes) {
    EXPECT_EQ(test::f64({2, 3}).bytes(), 48U);
    EXPECT_EQ(test::u8({}).bytes(), 1U);
}

}  // namespace
}  // namespace markhor::ops
