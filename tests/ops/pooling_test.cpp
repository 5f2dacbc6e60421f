// Max and average pooling and their gradients: shapes, refusals, values by hand, ties, padding, central differences.
#include "ops/pooling.hpp"

#include <numeric>

#include "cases_spatial.hpp"
#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

const Window two_by_two{.rank = 2, .size = {1, 2, 2}, .stride = {1, 2, 2}};

TEST(MaxPool, HasAnIndexOfTheOutputsShape) {
    const auto outputs = MaxPool(two_by_two).outputs(std::vector{f32({4, 7, 8, 3})});
    EXPECT_EQ(outputs[0], f32({4, 3, 4, 3}));
    EXPECT_EQ(outputs[1], u8({4, 3, 4, 3}));
}

TEST(Pooling, SaysWhatItCannotTake) {
    expect_refusal(MaxPool(two_by_two), {f32({1, 1, 4, 3})},
                   "a window of 2 does not fit the 1 positions of the height axis");
    expect_refusal(MaxPool({.rank = 2, .size = {1, 16, 17}}), {f32({1, 20, 20, 1})}, "more than 256 elements");
    expect_refusal(MaxPool(two_by_two), {f32({4, 4, 3})}, "(batch, height, width, channels); (4, 4, 3) came");
    expect_refusal(MaxPool(two_by_two), {i32({1, 4, 4, 3})}, "int32 came");
    expect_refusal(AveragePool(two_by_two), {f32({1, 4, 4, 3}), f32({1, 4, 4, 3})}, "takes an image; 2 inputs came");
    Window padded = two_by_two;
    padded.pad_before = {0, 2, 0};
    expect_refusal(AveragePool(padded), {f32({1, 4, 4, 3})}, "lies in its padding alone");
    padded.pad_before = {0, 0, 0};
    padded.pad_after = {0, 0, 2};
    expect_refusal(MaxPool(padded), {f32({1, 4, 4, 3})}, "lies in its padding alone");
    expect_refusal(MaxPoolGradient(two_by_two, {1, 4, 4, 3}), {f32({1, 2, 2, 3}), f32({1, 2, 2, 3})},
                   "the index is float32; uint8 is wanted");
    expect_refusal(MaxPoolGradient(two_by_two, {1, 4, 4, 3}), {f32({1, 3, 2, 3}), u8({1, 2, 2, 3})},
                   "the upstream gradient has shape (1, 3, 2, 3)");
    expect_refusal(AveragePoolGradient(two_by_two, {1, 4, 4, 3}), {f32({1, 3, 2, 3})}, "(1, 2, 2, 3) is wanted");
}

TEST(MaxPool, FindsTheMaximumAndItsPlace) {
    const MaxPool op(two_by_two);
    const Tensor x = doubles({1, 2, 4, 1}, {1, 2, 3, 4, 8, 7, 6, 5});
    EXPECT_EQ(run_values(op, {x}, 0), (std::vector<double>{8, 6}));
    EXPECT_EQ(run_values(op, {x}, 1), (std::vector<double>{2, 2}));
}

TEST(MaxPool, TakesTheFirstAmongEquals) {
    const MaxPool op(two_by_two);
    EXPECT_EQ(run_values(op, {doubles({1, 2, 2, 1}, {0, 5, 5, 5})}, 1), (std::vector<double>{1}));
    const MaxPoolGradient gradient(two_by_two, {1, 2, 2, 1});
    const Tensor index = Tensor::from<std::uint8_t>({1, 1, 1, 1}, std::vector<std::uint8_t>{1});
    EXPECT_EQ(run_values(gradient, {doubles({1, 1, 1, 1}, {3}), index}), (std::vector<double>{0, 3, 0, 0}));
}

TEST(MaxPool, NeverPicksPadding) {
    const Window same = window_for({3}, 2, 2, 1, Padding::same);
    const Tensor x = doubles({1, 3, 1}, {-1, -2, -3});
    EXPECT_EQ(run_values(MaxPool(same), {x}), (std::vector<double>{-1, -3}));
    Window before = window_for({3}, 3, 3, 1, Padding::valid);
    before.pad_before[2] = 2;
    EXPECT_EQ(run_values(MaxPool(before), {x}, 0), (std::vector<double>{-1}));
    EXPECT_EQ(run_values(MaxPool(before), {x}, 1), (std::vector<double>{2}));  // the place counts padding's places too
}

TEST(MaxPoolGradient, AddsUpWhereWindowsOverlap) {
    const Window window{.rank = 1, .size = {1, 1, 2}};
    const Tensor x = doubles({1, 4, 1}, {1, 9, 2, 3});
    const Tensor index = run_op(MaxPool(window), {x}, engine::reference())[1];
    EXPECT_EQ(run_values(MaxPoolGradient(window, {1, 4, 1}), {doubles({1, 3, 1}, {1, 10, 100}), index}),
              (std::vector<double>{0, 11, 0, 100}));
}

TEST(AveragePool, DividesByTheRealElements) {
    const Tensor x = doubles({1, 3, 1}, {1, 2, 3});
    EXPECT_EQ(run_values(AveragePool(window_for({3}, 2, 2, 1, Padding::same)), {x}), (std::vector<double>{1.5, 3}));
    EXPECT_EQ(run_values(AveragePool(window_for({3}, 2, 2, 1, Padding::valid)), {x}), (std::vector<double>{1.5}));
}

class PoolingGradient : public testing::TestWithParam<Padding> {};

// All elements differ by at least a hundred steps, so that no maximum changes hands within a difference.
Tensor shuffled(const Shape& shape) {
    std::vector<double> values(static_cast<std::size_t>(shape.elements()));
    std::iota(values.begin(), values.end(), 0.0);
    Random random(5);
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
    for (double& value : values) value *= 1e-3;
    return doubles(shape, values);
}

TEST_P(PoolingGradient, AgreesWithCentralDifferences) {
    const std::vector<std::vector<std::int64_t>> images{{7}, {5, 6}, {4, 3, 5}};
    for (const auto& in : images) {
        for (const std::int64_t size : {2, 3}) {
            for (const std::int64_t stride : {1, 2, 3}) {
                const Window window = window_for(in, size, stride, 1, GetParam());
                const Tensor x = shuffled(image_shape(2, in, 3));
                check_gradient([&](Builder& b, const std::vector<Value>& v) { return max_pool(b, v[0], window); }, {x},
                               1e-6, 20);
                check_gradient([&](Builder& b, const std::vector<Value>& v) { return average_pool(b, v[0], window); },
                               {x}, 1e-6, 20);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Paddings, PoolingGradient, testing::Values(Padding::valid, Padding::same));

TEST(Pooling, CostsAnOperationAWindowsElement) {
    const std::vector<TensorSpec> image{f32({1, 4, 4, 3})};
    EXPECT_EQ(MaxPool(two_by_two).cost(image, MaxPool(two_by_two).outputs(image)).flops, 48);
    EXPECT_EQ(MaxPool(two_by_two).cost(image, MaxPool(two_by_two).outputs(image)).bytes, 48 * 4 + 12 * 4 + 12);
    EXPECT_EQ(AveragePool(two_by_two).cost(image, AveragePool(two_by_two).outputs(image)).flops, 48);
}

TEST(Pooling, PrintsEveryAttribute) {
    EXPECT_EQ(MaxPool(two_by_two).attributes(), "2x2 stride 2x2 pad 0+0,0+0 dilation 1x1");
    EXPECT_EQ(MaxPoolGradient(two_by_two, {1, 4, 4, 3}).attributes(),
              AveragePoolGradient(two_by_two, {1, 4, 4, 3}).attributes());
    EXPECT_EQ(MaxPoolGradient(two_by_two, {1, 4, 4, 3}).attributes(),
              "2x2 stride 2x2 pad 0+0,0+0 dilation 1x1 to (1, 4, 4, 3)");
}

}  // namespace
}  // namespace markhor::ops
