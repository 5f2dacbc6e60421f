// Convolution and its gradients: shapes, refusals, values by hand, central differences, cost.
#include "ops/convolution.hpp"

#include "cases_spatial.hpp"
#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

const Window three_by_three{.rank = 2, .size = {1, 3, 3}};

TEST(Convolution, HasAnOutputShape) {
    EXPECT_EQ(output_shape(Convolution(three_by_three, 1, false), {f32({4, 28, 28, 1}), f32({3, 3, 1, 32})}),
              (Shape{4, 26, 26, 32}));
    EXPECT_EQ(
        output_shape(Convolution({.rank = 1, .size = {1, 1, 3}}, 2, true), {f32({4, 9, 6}), f32({3, 3, 8}), f32({8})}),
        (Shape{4, 7, 8}));
    EXPECT_EQ(output_shape(Convolution({.rank = 3, .size = {2, 2, 2}, .stride = {2, 2, 2}}, 1, false),
                           {f64({1, 4, 5, 6, 2}), f64({2, 2, 2, 2, 3})}),
              (Shape{1, 2, 2, 3, 3}));
}

TEST(Convolution, SaysWhatItCannotTake) {
    const Convolution plain(three_by_three, 1, false);
    expect_refusal(plain, {f32({1, 5, 5, 3})}, "takes an image and a kernel; 1 input came");
    expect_refusal(plain, {f32({1, 5, 5, 3}), f32({3, 3, 4, 8})},
                   "an image of 3 channels came; a kernel of shape (3, 3, 4, 8) in 1 group takes 4");
    expect_refusal(plain, {f32({1, 5, 5, 3}), f32({3, 5, 3, 8})},
                   "a kernel of shape (3, 5, 3, 8) is none for a window of 3x3");
    expect_refusal(plain, {f32({1, 5, 5, 3}), f32({3, 3, 8})}, "is none for a window of 3x3");
    expect_refusal(plain, {f32({1, 5, 2, 3}), f32({3, 3, 3, 8})}, "does not fit the 2 positions of the width axis");
    expect_refusal(plain, {f32({1, 25, 3}), f32({3, 3, 3, 8})}, "(batch, height, width, channels); (1, 25, 3) came");
    expect_refusal(plain, {i32({1, 5, 5, 3}), f32({3, 3, 3, 8})}, "int32 came");
    expect_refusal(plain, {f32({1, 5, 5, 3}), f64({3, 3, 3, 8})}, "float32 and float64 came");
    expect_refusal(Convolution(three_by_three, 2, false), {f32({1, 5, 5, 3}), f32({3, 3, 1, 8})},
                   "2 groups do not divide 3 input channels and 8 output channels");
    expect_refusal(Convolution(three_by_three, 1, true), {f32({1, 5, 5, 3}), f32({3, 3, 3, 8}), f32({4})},
                   "the bias has shape (4,); (8,) is wanted");
}

TEST(Convolution, SlidesWithoutTurningTheKernel) {
    const Convolution op({.rank = 2, .size = {1, 2, 2}}, 1, false);
    const Tensor x = doubles({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6});
    const Tensor w = doubles({2, 2, 1, 1}, {1, 10, 100, 1000});
    EXPECT_EQ(run_values(op, {x, w}), (std::vector<double>{5421, 6532}));
}

TEST(Convolution, PadsWithZerosAndSteps) {
    Window window{.rank = 1, .size = {1, 1, 3}, .stride = {1, 1, 2}};
    window.pad_before[2] = 1;
    window.pad_after[2] = 1;
    const Tensor x = doubles({1, 5, 1}, {1, 2, 3, 4, 5});
    EXPECT_EQ(run_values(Convolution(window, 1, false), {x, doubles({3, 1, 1}, {1, 10, 100})}),
              (std::vector<double>{210, 432, 54}));
}

TEST(Convolution, SpreadsTapsByDilation) {
    const Window window{.rank = 1, .size = {1, 1, 2}, .dilation = {1, 1, 3}};
    const Tensor x = doubles({1, 5, 1}, {1, 2, 3, 4, 5});
    EXPECT_EQ(run_values(Convolution(window, 1, false), {x, doubles({2, 1, 1}, {1, 10})}),
              (std::vector<double>{41, 52}));
}

TEST(Convolution, OrdersOutputChannelsGroupByGroup) {
    const Window window{.rank = 1, .size = {1, 1, 1}};
    const Tensor x = doubles({1, 1, 4}, {1, 2, 3, 4});
    const Tensor w = doubles({1, 2, 4}, {1, 2, 3, 4, 10, 20, 30, 40});
    EXPECT_EQ(run_values(Convolution(window, 2, false), {x, w}), (std::vector<double>{21, 42, 129, 172}));
}

TEST(Convolution, AddsTheBiasAndRectifiesLast) {
    const Window window{.rank = 1, .size = {1, 1, 1}};
    const std::vector<Tensor> inputs{doubles({1, 1, 1}, {2}), doubles({1, 1, 2}, {1, -1}), doubles({2}, {0.5, 1})};
    EXPECT_EQ(run_values(Convolution(window, 1, true), inputs), (std::vector<double>{2.5, -1}));
    EXPECT_EQ(run_values(Convolution(window, 1, true, Epilogue::relu), inputs), (std::vector<double>{2.5, 0}));
}

struct GradientCase {
    std::vector<std::int64_t> in;
    std::int64_t in_channels, out_channels, groups, size, stride, dilation;
    Padding padding;
};

class ConvolutionGradient : public testing::TestWithParam<GradientCase> {};

TEST_P(ConvolutionGradient, AgreesWithCentralDifferences) {
    const GradientCase& c = GetParam();
    const Window window = window_for(c.in, c.size, c.stride, c.dilation, c.padding);
    Shape kernel(std::vector<std::int64_t>(c.in.size(), c.size));
    kernel.push_back(c.in_channels / c.groups);
    kernel.push_back(c.out_channels);
    const std::vector<Tensor> inputs{random_doubles(image_shape(2, c.in, c.in_channels), 1), random_doubles(kernel, 2),
                                     random_doubles({c.out_channels}, 3)};
    check_gradient(
        [&](Builder& builder, const std::vector<Value>& v) {
            return convolution(builder, v[0], v[1], v[2], window, c.groups);
        },
        inputs);
    check_gradient([&](Builder& builder,
                       const std::vector<Value>& v) { return convolution(builder, v[0], v[1], {}, window, c.groups); },
                   {inputs[0], inputs[1]});
}

INSTANTIATE_TEST_SUITE_P(Windows, ConvolutionGradient,
                         testing::Values(GradientCase{{5, 6}, 3, 4, 1, 3, 1, 1, Padding::valid},
                                         GradientCase{{6, 5}, 2, 3, 1, 3, 2, 1, Padding::same},
                                         GradientCase{{7, 7}, 2, 2, 1, 3, 1, 2, Padding::same},
                                         GradientCase{{5, 5}, 4, 6, 2, 2, 1, 1, Padding::same},
                                         GradientCase{{5, 5}, 3, 3, 3, 3, 2, 1, Padding::valid},
                                         GradientCase{{7, 7}, 1, 2, 1, 2, 3, 1, Padding::valid},
                                         GradientCase{{9}, 3, 2, 1, 3, 1, 2, Padding::causal},
                                         GradientCase{{3, 4, 3}, 2, 2, 1, 2, 1, 1, Padding::same},
                                         GradientCase{{4, 5, 4}, 2, 4, 2, 2, 2, 1, Padding::valid}));

TEST(Convolution, TakesTheGradientThroughItsEpilogue) {
    check_gradient(
        [](Builder& builder, const std::vector<Value>& v) {
            return builder.add1(std::make_shared<Convolution>(three_by_three, 1, true, Epilogue::relu),
                                {v[0], v[1], v[2]});
        },
        {random_doubles({1, 4, 5, 2}, 1), random_doubles({3, 3, 2, 3}, 2), random_doubles({3}, 3)});
}

TEST(Convolution, AsksForOneWeightGradientForKernelAndBias) {
    graph::Graph graph;
    const Value x = graph.placeholder("x", f32({1, 5, 5, 2}));
    const Value w = graph.placeholder("w", f32({3, 3, 2, 4}));
    const Value b = graph.placeholder("b", f32({4}));
    const Value y = convolution(graph, x, w, b, three_by_three);
    const auto op = graph.nodes()[static_cast<std::size_t>(y.node)].op;
    const std::size_t before = graph.nodes().size();
    const std::vector<Value> in{x, w, b}, out{y}, upstream{y};
    const bool wanted[] = {false, true, true};
    const auto gradients =
        op->gradient({.builder = graph, .inputs = in, .outputs = out, .upstream = upstream, .wanted = wanted});
    EXPECT_FALSE(gradients[0]);
    EXPECT_EQ(gradients[1].node, gradients[2].node);
    EXPECT_EQ(graph.nodes().size(), before + 1);
}

TEST(ConvolutionGradients, RefuseAnUpstreamGradientOfAnotherShape) {
    const Shape image{1, 5, 5, 3};
    expect_refusal(ConvolutionInputGradient(three_by_three, 1, image), {f32({1, 5, 5, 8}), f32({3, 3, 3, 8})},
                   "the upstream gradient has shape (1, 5, 5, 8); (1, 3, 3, 8) is wanted");
    expect_refusal(ConvolutionWeightGradient(three_by_three, 1, true, {3, 3, 3, 8}), {f32(image), f32({1, 3, 3, 7})},
                   "the upstream gradient has shape (1, 3, 3, 7); (1, 3, 3, 8) is wanted");
}

TEST(Convolution, CostsTwoOperationsATapAndOneABias) {
    const std::vector<TensorSpec> inputs{f32({2, 5, 5, 4}), f32({3, 3, 2, 6}), f32({6})};
    const Convolution op(three_by_three, 2, true);
    const auto outputs = op.outputs(inputs);
    const Cost cost = op.cost(inputs, outputs);
    const double results = 2.0 * 3 * 3 * 6;
    EXPECT_EQ(cost.flops, 2 * results * 9 * 2 + results);
    EXPECT_EQ(cost.bytes, 4 * (200.0 + 108 + 6 + results));

    const ConvolutionInputGradient input_gradient(three_by_three, 2, inputs[0].shape);
    const std::vector<TensorSpec> of_input{outputs[0], inputs[1]};
    EXPECT_EQ(input_gradient.cost(of_input, input_gradient.outputs(of_input)).flops, 2 * results * 9 * 2);
    const ConvolutionWeightGradient weight_gradient(three_by_three, 2, true, inputs[1].shape);
    const std::vector<TensorSpec> of_weights{inputs[0], outputs[0]};
    EXPECT_EQ(weight_gradient.cost(of_weights, weight_gradient.outputs(of_weights)).flops,
              2 * results * 9 * 2 + results);
}

TEST(Convolution, PrintsEveryAttribute) {
    EXPECT_EQ(Convolution(three_by_three, 1, false).attributes(), "3x3 stride 1x1 pad 0+0,0+0 dilation 1x1");
    EXPECT_EQ(Convolution(three_by_three, 2, true, Epilogue::relu).attributes(),
              "3x3 stride 1x1 pad 0+0,0+0 dilation 1x1 groups 2 bias relu");
    EXPECT_EQ(ConvolutionInputGradient(three_by_three, 1, {1, 5, 5, 3}).attributes(),
              "3x3 stride 1x1 pad 0+0,0+0 dilation 1x1 to (1, 5, 5, 3)");
    EXPECT_EQ(ConvolutionWeightGradient(three_by_three, 1, true, {3, 3, 3, 8}).attributes(),
              "3x3 stride 1x1 pad 0+0,0+0 dilation 1x1 bias to (3, 3, 3, 8)");
}

}  // namespace
}  // namespace markhor::ops
