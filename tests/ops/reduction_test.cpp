// Sums, means and maxima over axes, and spreading back.
#include "ops/reduction.hpp"

#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

TEST(Reduce, DropsOrKeepsAxes) {
    EXPECT_EQ(output_shape(Reduce(Reduction::mean, {1, 2}, false), {f32({4, 7, 8, 3})}), (Shape{4, 3}));
    EXPECT_EQ(output_shape(Reduce(Reduction::mean, {1, 2}, true), {f32({4, 7, 8, 3})}), (Shape{4, 1, 1, 3}));
    EXPECT_EQ(output_shape(Reduce(Reduction::sum, {0}, false), {f64({5})}), Shape{});
    EXPECT_EQ(output_shape(Reduce(Reduction::sum, {}, false), {f64({5})}), Shape{5});
}

TEST(Reduce, SaysWhatItCannotTake) {
    expect_refusal(Reduce(Reduction::sum, {2}, false), {f32({4, 5})},
                   "the axes 2 are not rising ones of the shape (4, 5)");
    expect_refusal(Reduce(Reduction::sum, {1, 0}, false), {f32({4, 5})}, "the axes 1,0");
    expect_refusal(Reduce(Reduction::sum, {1, 1}, false), {f32({4, 5})}, "the axes 1,1");
    expect_refusal(Reduce(Reduction::sum, {-1}, false), {f32({4, 5})}, "the axes -1");
    expect_refusal(Reduce(Reduction::sum, {0}, false), {i32({4, 5})}, "int32 came");
    expect_refusal(BroadcastTo({4, 5}, {0}), {f32({4})}, "the input has shape (4,); (5,) or (1, 5) is wanted");
    expect_refusal(ReduceMaxGradient({1}), {f32({5}), f32({4, 5}), f32({4})}, "the upstream gradient has shape (5,)");
    expect_refusal(ReduceMaxGradient({1}), {f32({4}), f32({4, 5}), f32({5})}, "the maximum has shape (5,)");
}

TEST(Reduce, ReducesAnyAxes) {
    const Tensor x = doubles({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    EXPECT_EQ(run_values(Reduce(Reduction::sum, {0}, false), {x}), (std::vector<double>{8, 10, 12, 14, 16, 18}));
    EXPECT_EQ(run_values(Reduce(Reduction::sum, {1}, true), {x}), (std::vector<double>{5, 7, 9, 17, 19, 21}));
    EXPECT_EQ(run_values(Reduce(Reduction::mean, {0, 2}, false), {x}), (std::vector<double>{5, 8}));
    EXPECT_EQ(run_values(Reduce(Reduction::mean, {0, 1, 2}, false), {x}), (std::vector<double>{6.5}));
    EXPECT_EQ(run_values(Reduce(Reduction::max, {2}, false), {x}), (std::vector<double>{3, 6, 9, 12}));
    EXPECT_EQ(run_values(Reduce(Reduction::max, {0}, false), {doubles({2}, {-3, -2})}), (std::vector<double>{-2}));
    EXPECT_EQ(run_values(Reduce(Reduction::sum, {}, false), {doubles({2}, {-3, -2})}), (std::vector<double>{-3, -2}));
}

TEST(Reduce, SharesTheMaximumsGradientAmongEquals) {
    const Tensor x = doubles({2, 3}, {5, 1, 5, 2, 7, 3});
    EXPECT_EQ(run_values(ReduceMaxGradient({1}), {doubles({2}, {4, 6}), x, doubles({2}, {5, 7})}),
              (std::vector<double>{2, 0, 2, 0, 6, 0}));
}

TEST(Reduce, AgreesWithCentralDifferences) {
    const Tensor x = random_doubles({3, 4, 2, 5}, 8);
    for (const std::vector<int>& axes : {std::vector<int>{1, 2}, {0}, {3}, {0, 3}, {0, 1, 2, 3}, {}}) {
        for (const bool keepdims : {false, true}) {
            for (const Reduction kind : {Reduction::sum, Reduction::mean, Reduction::max}) {
                SCOPED_TRACE(Reduce(kind, axes, keepdims).attributes());
                check_gradient(
                    [&](Builder& b, const std::vector<Value>& v) { return reduce(b, kind, v[0], axes, keepdims); }, {x},
                    1e-6, 20);
            }
        }
    }
    check_gradient([](Builder& b, const std::vector<Value>& v) { return reduce_all(b, Reduction::mean, v[0]); }, {x});
}

TEST(BroadcastTo, SpreadsAndScales) {
    const Tensor x = doubles({2}, {3, 4});
    EXPECT_EQ(run_values(BroadcastTo({2, 3}, {1}, 0.5), {x}), (std::vector<double>{1.5, 1.5, 1.5, 2, 2, 2}));
    EXPECT_EQ(run_values(BroadcastTo({3, 2}, {0}), {x}), (std::vector<double>{3, 4, 3, 4, 3, 4}));
    EXPECT_EQ(run_values(BroadcastTo({2, 3}, {1}), {doubles({2, 1}, {3, 4})}), (std::vector<double>{3, 3, 3, 4, 4, 4}));
}

TEST(BroadcastTo, AgreesWithCentralDifferences) {
    for (const Shape& from : {Shape{3}, Shape{1, 3, 1}}) {
        check_gradient(
            [](Builder& b, const std::vector<Value>& v) {
                return b.add1(std::make_shared<BroadcastTo>(Shape{2, 3, 4}, std::vector<int>{0, 2}, 0.3), {v[0]});
            },
            {random_doubles(from, 3)});
    }
}

TEST(Reduce, PrintsEveryAttribute) {
    EXPECT_EQ(Reduce(Reduction::mean, {1, 2}, false).name(), "reduce_mean");
    EXPECT_EQ(Reduce(Reduction::mean, {1, 2}, true).attributes(), "mean axes=1,2 keepdims");
    EXPECT_EQ(ReduceMaxGradient({1, 2}).attributes(), "axes=1,2");
    EXPECT_EQ(BroadcastTo({4, 5}, {0}, 0.25).attributes(), "(4, 5) axes=0 scale=0.25");
}

TEST(Reduce, CostsAnOperationAnInput) {
    const std::vector<TensorSpec> x{f32({4, 7, 8, 3})};
    const std::vector<TensorSpec> y{f32({4, 3})};
    EXPECT_EQ(Reduce(Reduction::sum, {1, 2}, false).cost(x, y).flops, 672);
    EXPECT_EQ(Reduce(Reduction::mean, {1, 2}, false).cost(x, y).flops, 684);
    EXPECT_EQ(Reduce(Reduction::mean, {1, 2}, false).cost(x, y).bytes, 4 * 684);
}

}  // namespace
}  // namespace markhor::ops
