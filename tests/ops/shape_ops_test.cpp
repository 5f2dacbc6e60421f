// Ops that move elements: shapes, refusals, values by hand, gradients, casts between all types.
#include "ops/shape_ops.hpp"

#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;
using Sizes = std::vector<std::int64_t>;

TEST(Reshape, IsAViewOfAsManyElements) {
    const Reshape op({4, 6});
    EXPECT_TRUE(op.is_view());
    EXPECT_EQ(op.outputs(std::vector{u8({2, 3, 4})})[0], u8({4, 6}));
    expect_refusal(op, {f32({2, 3, 5})}, "a tensor of shape (2, 3, 5) has 30 elements; (4, 6) wants 24");
    EXPECT_EQ(op.cost(std::vector{f32({2, 3, 4})}, std::vector{f32({4, 6})}).bytes, 0);
    EXPECT_EQ(op.attributes(), "(4, 6)");
}

TEST(Transpose, PermutesAxes) {
    const Transpose op({2, 0, 1});
    EXPECT_EQ(output_shape(op, {f32({4, 5, 6})}), (Shape{6, 4, 5}));
    EXPECT_EQ(run_values(op, {doubles({1, 2, 3}, {1, 2, 3, 4, 5, 6})}), (std::vector<double>{1, 4, 2, 5, 3, 6}));
    EXPECT_EQ(run_values(Transpose({1, 0}), {labels({2, 2}, {1, 2, 3, 4})}), (std::vector<double>{1, 3, 2, 4}));
    expect_refusal(op, {f32({4, 5})}, "has numbers for 3 axes; the input's shape is (4, 5)");
    expect_refusal(Transpose({0, 0}), {f32({4, 5})}, "0,0 is no permutation of 2 axes");
    expect_refusal(Transpose({0, 2}), {f32({4, 5})}, "0,2 is no permutation of 2 axes");
    expect_refusal(Transpose({-1, 0}), {f32({4, 5})}, "is no permutation");
    EXPECT_EQ(op.attributes(), "2,0,1");
}

TEST(Concatenate, JoinsAlongAnAxis) {
    const Tensor x = doubles({2, 2}, {1, 2, 3, 4});
    const Tensor y = doubles({2, 1}, {5, 6});
    EXPECT_EQ(run_values(Concatenate(1), {x, y, x}), (std::vector<double>{1, 2, 5, 1, 2, 3, 4, 6, 3, 4}));
    EXPECT_EQ(run_values(Concatenate(0), {x, x}), (std::vector<double>{1, 2, 3, 4, 1, 2, 3, 4}));
    EXPECT_EQ(output_shape(Concatenate(2), {f32({2, 3, 4}), f32({2, 3, 5})}), (Shape{2, 3, 9}));
}

TEST(Concatenate, SaysWhatItCannotTake) {
    expect_refusal(Concatenate(0), {}, "at least one input");
    expect_refusal(Concatenate(2), {f32({2, 3})}, "axis 2 is outside the shape (2, 3)");
    expect_refusal(Concatenate(1), {f32({2, 3}), f32({3, 3})}, "shapes (2, 3) and (3, 3) differ on more than axis 1");
    expect_refusal(Concatenate(1), {f32({2, 3}), f32({2})}, "shapes (2, 3) and (2,) differ");
    expect_refusal(Concatenate(1), {f32({2, 3}), i32({2, 3})}, "one of the inputs is int32; float32 is wanted");
}

TEST(Slice, TakesAPart) {
    const Tensor x = doubles({2, 3}, {1, 2, 3, 4, 5, 6});
    EXPECT_EQ(run_values(Slice({0, 1}, {2, 3}), {x}), (std::vector<double>{2, 3, 5, 6}));
    EXPECT_EQ(output_shape(Slice({0, 1}, {2, 1}), {f32({2, 3})}), (Shape{2, 0}));
    expect_refusal(Slice({0, 1}, {2, 4}), {f32({2, 3})}, "elements 1 to 4 of axis 1 are outside the shape (2, 3)");
    expect_refusal(Slice({0}, {2}), {f32({2, 3})}, "has numbers for 1 axes");
    EXPECT_EQ(Slice({0, 1}, {2, 3}).attributes(), "0,1 to 2,3");
}

TEST(Pad, SurroundsWithZeros) {
    const Tensor x = doubles({1, 2}, {1, 2});
    EXPECT_EQ(run_values(Pad({1, 0}, {0, 2}), {x}), (std::vector<double>{0, 0, 0, 0, 1, 2, 0, 0}));
    expect_refusal(Pad({1, -1}, {0, 0}), {f32({2, 3})}, "padding of -1 and 0 on axis 1 is negative");
    expect_refusal(Pad({1}, {0}), {f32({2, 3})}, "has numbers for 1 axes");
    EXPECT_EQ(Pad({1, 0}, {0, 2}).attributes(), "1,0 and 0,2");
}

TEST(Cast, ConvertsBetweenAllTypes) {
    const DType types[] = {DType::float32, DType::float64, DType::int32, DType::int64, DType::uint8};
    for (const DType from : types) {
        const Tensor x = doubles({3}, {0, 7, 200}).cast(from);
        for (const DType to : types) {
            const Tensor y = run_op(Cast(to), {x}, engine::reference())[0];
            EXPECT_EQ(y.dtype(), to);
            EXPECT_EQ(values_of(y), (std::vector<double>{0, 7, 200}));
        }
    }
    EXPECT_EQ(run_values(Cast(DType::int32), {doubles({2}, {-1.7, 1.7})}), (std::vector<double>{-1, 1}));
    EXPECT_EQ(Cast(DType::int32).attributes(), "int32");
}

TEST(ShapeOps, AgreeWithCentralDifferences) {
    const Tensor x = random_doubles({2, 3, 4}, 1);
    check_gradient([](Builder& b, const std::vector<Value>& v) { return reshape(b, v[0], {6, 4}); }, {x});
    check_gradient([](Builder& b, const std::vector<Value>& v) { return transpose(b, v[0], {2, 0, 1}); }, {x});
    check_gradient([](Builder& b, const std::vector<Value>& v) { return slice(b, v[0], {0, 1, 1}, {2, 3, 2}); }, {x});
    check_gradient([](Builder& b, const std::vector<Value>& v) { return pad(b, v[0], {0, 1, 2}, {1, 0, 3}); }, {x});
    check_gradient(
        [](Builder& b, const std::vector<Value>& v) {
            return concatenate(b, {v[0], v[1], v[0]}, 1);
        },
        {x, random_doubles({2, 2, 4}, 2)});
}

TEST(Cast, SendsGradientsBackInTheInputsType) {
    graph::Graph graph;
    const Value x = graph.placeholder("x", f32({3}));
    const Value y = cast(graph, x, DType::float64);
    const auto op = graph.nodes()[static_cast<std::size_t>(y.node)].op;
    const std::vector<Value> in{x}, out{y}, upstream{y};
    const bool wanted[] = {true};
    const auto gradients =
        op->gradient({.builder = graph, .inputs = in, .outputs = out, .upstream = upstream, .wanted = wanted});
    EXPECT_EQ(graph.spec(gradients[0]), f32({3}));
}

TEST(Cast, SendsNoGradientToAnInteger) {
    graph::Graph graph;
    const Value x = graph.placeholder("x", i32({3}));
    const Value y = cast(graph, x, DType::float64);
    const std::vector<Value> in{x}, out{y}, upstream{y};
    const bool wanted[] = {true};
    const auto gradients =
        Cast(DType::float64)
            .gradient({.builder = graph, .inputs = in, .outputs = out, .upstream = upstream, .wanted = wanted});
    EXPECT_FALSE(gradients[0]);
}

}  // namespace
}  // namespace markhor::ops
