// Convolutions in bfloat16 by tiles: what they compute is what the float32 kernels make of the same rounded values, for
// strips, paddings and tails of every kind. On a processor without tiles this holds whatever runs in their place.
#include "engine/cpu/tile_convolution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/cpu/simd/tiles.hpp"
#include "engine/engines.hpp"
#include "engine/support.hpp"
#include "ops/cases_spatial.hpp"
#include "ops/convolution.hpp"
#include "ops/in_bfloat16.hpp"
#include "ops/matmul.hpp"
#include "ops/pooling.hpp"

namespace markhor::engine {
namespace {

using namespace ops::test;

// The op on values rounded to bfloat16, biases aside: in bfloat16, and in float32.
void compare_tiles(const ops::OpPtr& op, const std::vector<ops::TensorSpec>& specs,
                   const std::vector<Range>& ranges = {}) {
    SCOPED_TRACE(describe(*op, specs));
    std::vector<Tensor> narrow = draw_inputs(op_case(op, specs, ranges));
    std::vector<Tensor> wide = narrow;
    for (std::size_t i = 0; i < narrow.size(); ++i) {
        if (narrow[i].shape().rank() < 2 || narrow[i].dtype() != DType::float32) continue;
        narrow[i] = narrow[i].cast(DType::bfloat16);
        wide[i] = narrow[i].cast(DType::float32);
    }
    const bool rounds = ops::as<ops::ConvolutionWeightGradient>(*op) == nullptr;
    const auto outputs = run_op(ops::InBfloat16(op, rounds ? 1 : 0), narrow, cpu());
    const auto expected = run_op(*op, wide, cpu());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_LE(difference(outputs[i].cast(DType::float32), expected[i]), rounds ? 1.0 / 128 : 1e-4) << i;
    }
}

ops::Window window_of(std::int64_t size, std::int64_t stride, std::int64_t pad, std::int64_t dilation = 1) {
    ops::Window window{.rank = 2, .size = {1, size, size}, .stride = {1, stride, stride}};
    window.dilation = {1, dilation, dilation};
    window.pad_before = window.pad_after = {0, pad, pad};
    return window;
}

const std::vector<Range> places{{}, {}, {0, 4}};

struct TileSize {
    std::int64_t batch, height, width, in, out;
    ops::Window window;
};

// Images that are cut into strips and that are not, whose last strip is lower, with rows narrower than a tile; windows
// that see padding, skip pixels, leave out the image's end.
std::vector<TileSize> tile_sizes() {
    return {{1, 40, 37, 32, 32, window_of(3, 1, 0)},    {3, 9, 70, 64, 32, window_of(3, 1, 1)},
            {2, 150, 130, 32, 64, window_of(3, 1, 0)},  {2, 19, 22, 32, 32, window_of(3, 2, 1)},
            {1, 23, 18, 32, 32, window_of(3, 1, 2, 2)}, {2, 7, 7, 64, 96, window_of(5, 1, 2)},
            {2, 61, 45, 3, 32, window_of(3, 1, 0)},     {2, 30, 33, 3, 64, window_of(7, 2, 3)},
            {1, 28, 28, 1, 32, window_of(5, 1, 0)},     {1, 4, 3, 32, 32, window_of(3, 1, 0)}};
}

TEST(TileConvolution, ComputesWhatFloat32Does) {
    for (const TileSize& s : tile_sizes()) {
        const Shape image{s.batch, s.height, s.width, s.in};
        const Shape kernel{s.window.size[1], s.window.size[2], s.in, s.out};
        const Shape result = s.window.output(image, s.out);
        const std::vector<ops::TensorSpec> inputs{f32(image), f32(kernel), f32({s.out})};
        compare_tiles(std::make_shared<ops::Convolution>(s.window, 1, false), {f32(image), f32(kernel)});
        compare_tiles(std::make_shared<ops::Convolution>(s.window, 1, true, ops::Epilogue::relu6), inputs);
        compare_tiles(std::make_shared<ops::Convolution>(
                          s.window, 1, true, ops::ConvolutionTail{.adds = true, .epilogue = ops::Epilogue::relu}),
                      {f32(image), f32(kernel), f32({s.out}), f32(result)});
        compare_tiles(std::make_shared<ops::ConvolutionInputGradient>(s.window, 1, image), {f32(result), f32(kernel)});
        for (const bool has_bias : {false, true}) {
            compare_tiles(std::make_shared<ops::ConvolutionWeightGradient>(s.window, 1, has_bias, kernel),
                          {f32(image), f32(result)});
        }
        const ops::GradientFusion masks{.masks = true};
        compare_tiles(std::make_shared<ops::ConvolutionInputGradient>(s.window, 1, image, masks),
                      {f32(result), f32(kernel), f32(image)});
        if (result[1] < 2 || result[2] < 2) continue;
        const Shape pooled{result[0], result[1] / 2, result[2] / 2, result[3]};
        for (const bool masked : {false, true}) {
            std::vector<ops::TensorSpec> upstream{f32(pooled), f32(kernel), u8(pooled)};
            if (masked) upstream.push_back(f32(image));
            compare_tiles(std::make_shared<ops::ConvolutionInputGradient>(
                              s.window, 1, image, ops::GradientFusion{.unpools = true, .masks = masked}),
                          upstream, places);
        }
        compare_tiles(std::make_shared<ops::ConvolutionWeightGradient>(s.window, 1, true, kernel, true),
                      {f32(image), f32(pooled), u8(pooled)}, places);
        for (const ops::Epilogue epilogue : {ops::Epilogue::none, ops::Epilogue::relu}) {
            compare_tiles(std::make_shared<ops::Convolution>(s.window, 1, true,
                                                             ops::ConvolutionTail{.epilogue = epilogue, .pools = true}),
                          inputs);
        }
    }
}

// Rows that fill no block, one block and some, that threads share out and that they do not; strided windows.
TEST(TileMatMul, ComputesWhatFloat32Does) {
    for (const std::int64_t rows : {1, 16, 33, 64, 1100}) {
        for (const std::int64_t columns : {32, 160}) {
            for (const ops::Epilogue epilogue : {ops::Epilogue::none, ops::Epilogue::relu}) {
                compare_tiles(std::make_shared<ops::MatMul>(false, false, true, epilogue),
                              {f32({rows, 1024}), f32({1024, columns}), f32({columns})});
            }
            compare_tiles(std::make_shared<ops::MatMul>(false, false, false),
                          {f32({rows, 2048}), f32({2048, columns})});
        }
    }
    for (const std::int64_t stride : {1, 2}) {
        const ops::Window window = window_of(1, stride, 0);
        const Shape image{3, 9, 8, 1024};
        const ops::ConvolutionTail tail{.adds = true, .epilogue = ops::Epilogue::relu};
        compare_tiles(std::make_shared<ops::Convolution>(window, 1, true, tail),
                      {f32(image), f32({1, 1, 1024, 64}), f32({64}), f32(window.output(image, 64))});
    }
}

// Few different values, so that windows hold equals after rounding: the first one wins.
TEST(TileConvolution, PlacesAreTheFirstMaximasOfWhatIsRounded) {
    for (const ops::Epilogue epilogue : {ops::Epilogue::relu, ops::Epilogue::none}) {
        const ops::Window window = window_of(3, 1, 1);
        const auto full = std::make_shared<ops::Convolution>(window, 1, true, epilogue);
        const auto fused = std::make_shared<ops::Convolution>(
            window, 1, true, ops::ConvolutionTail{.epilogue = epilogue, .pools = true, .places = true});
        std::vector<Tensor> inputs = draw_inputs(op_case(full, {f32({2, 23, 19, 32}), f32({3, 3, 32, 64}), f32({64})}));
        for (std::size_t i = 0; i < 2; ++i) inputs[i] = inputs[i].cast(DType::bfloat16);
        for (const graph::Engine* engine : {&cpu(), &reference()}) {
            const auto outputs = run_op(ops::InBfloat16(fused, 1), inputs, *engine);
            const auto map = run_op(ops::InBfloat16(full, 1), inputs, *engine);
            const auto expected =
                run_op(ops::InBfloat16(std::make_shared<ops::MaxPool>(ops::two_by_two()), 1), map, reference());
            EXPECT_EQ(difference(outputs[0], expected[0]), 0) << engine->name();
            EXPECT_EQ(difference(outputs[1], expected[1]), 0) << engine->name();
        }
    }
}

TEST(TileConvolution, LargeResultsAreTheSame) {
    compare_tiles(std::make_shared<ops::Convolution>(window_of(3, 1, 0), 1, true, ops::Epilogue::relu),
                  {f32({2, 260, 260, 3}), f32({3, 3, 3, 32}), f32({32})});
}

// What is not a number stays so, through relu and pooling, and reaches no pixel whose window does not see it.
TEST(TileConvolution, WhatIsNotANumberSpreadsAsFarAsItsWindows) {
    const ops::InBfloat16 op(
        std::make_shared<ops::Convolution>(window_of(3, 1, 0), 1, false,
                                           ops::ConvolutionTail{.epilogue = ops::Epilogue::relu, .pools = true}),
        1);
    for (const std::int64_t channels : {1, 3, 32}) {
        Tensor image = random_tensor(f32({1, 12, 20, channels}), {}, 1);
        image.data<float>()[static_cast<std::size_t>((7 * 20 + 9) * channels)] =
            -std::numeric_limits<float>::quiet_NaN();
        const Tensor kernel = random_tensor(f32({3, 3, channels, 32}), {}, 2);
        const Tensor pooled =
            run_op(op, {image.cast(DType::bfloat16), kernel.cast(DType::bfloat16)}, cpu())[0].cast(DType::float32);
        // Windows at rows 5 to 7 and columns 7 to 9 see it: pooled rows 2 and 3, columns 3 and 4.
        for (std::int64_t row = 0; row < 5; ++row) {
            for (std::int64_t column = 0; column < 9; ++column) {
                const float value = pooled.data<float>()[static_cast<std::size_t>((row * 9 + column) * 32 + 5)];
                const bool sees = (row == 2 || row == 3) && (column == 3 || column == 4);
                EXPECT_EQ(std::isnan(value), sees) << row << " " << column << " " << channels;
            }
        }
    }
}

TEST(TileConvolution, IsTakenWhereThereAreTiles) {
    const cpu::ConvolutionSizes large(window_of(3, 1, 1), 1, {1, 20, 20, 32}, 64);
    const cpu::ConvolutionSizes odd(window_of(3, 1, 1), 1, {1, 20, 20, 33}, 64);
    EXPECT_EQ(cpu::tile_convolution(large, true, {}) != nullptr, cpu::has_tiles());
    EXPECT_EQ(cpu::tile_convolution(odd, true, {}), nullptr);
    EXPECT_EQ(cpu::tile_convolution(large, true, {.epilogue = ops::Epilogue::silu}), nullptr);
}

}  // namespace
}  // namespace markhor::engine
