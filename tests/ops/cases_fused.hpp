// Cases of convolutions with all that the fusing passes put behind them, for each way that the cpu engine computes
// them.
#pragma once

#include "ops/cases_spatial.hpp"

namespace markhor::ops::test {

/// A convolution with each kind of tail.
inline void add_tails(std::vector<OpCase>& cases, const Shape& image, std::int64_t out_channels, std::int64_t groups,
                      const Window& window) {
    Shape kernel;
    for (std::size_t axis = 3 - static_cast<std::size_t>(window.rank); axis < 3; ++axis) {
        kernel.push_back(window.size[axis]);
    }
    kernel.push_back(image.back() / groups);
    kernel.push_back(out_channels);
    const Shape result = window.output(image, out_channels);
    const auto add = [&](bool has_bias, const ConvolutionTail& tail) {
        std::vector<TensorSpec> inputs{f32(image), f32(kernel)};
        if (has_bias) inputs.push_back(f32({out_channels}));
        if (tail.adds) inputs.push_back(f32(result));
        cases.push_back(op_case(std::make_shared<Convolution>(window, groups, has_bias, tail), inputs));
    };
    for (const Epilogue epilogue :
         {Epilogue::none, Epilogue::relu6, Epilogue::silu, Epilogue::hard_silu, Epilogue::sigmoid}) {
        add(true, {.epilogue = epilogue});
    }
    for (const Epilogue epilogue : {Epilogue::none, Epilogue::relu, Epilogue::silu}) {
        add(true, {.adds = true, .epilogue = epilogue});
    }
    add(false, {.adds = true, .epilogue = Epilogue::relu});
    if (window.rank != 2 || result[1] < 2 || result[2] < 2) return;
    for (const Epilogue epilogue : {Epilogue::none, Epilogue::relu, Epilogue::silu}) {
        add(true, {.epilogue = epilogue, .pools = true});
        add(true, {.epilogue = epilogue, .pools = true, .places = true});
    }
    add(false, {.adds = true, .epilogue = Epilogue::relu6, .pools = true});
    add(false, {.adds = true, .pools = true, .places = true});
}

/// A convolution's gradients with all that is fused to them.
inline void add_fused_gradients(std::vector<OpCase>& cases, const Shape& image, std::int64_t out_channels,
                                const Window& window) {
    const Shape kernel{window.size[1], window.size[2], image.back(), out_channels};
    const Shape result = window.output(image, out_channels);
    const Shape pooled{result[0], result[1] / 2, result[2] / 2, result[3]};
    for (const GradientFusion fusion :
         {GradientFusion{.unpools = true}, GradientFusion{.masks = true}, GradientFusion{.adds_line = true},
          GradientFusion{.unpools = true, .masks = true},
          GradientFusion{.unpools = true, .adds_line = true, .masks = true}}) {
        std::vector<TensorSpec> inputs{f32(fusion.unpools ? pooled : result), f32(kernel)};
        std::vector<Range> ranges(2);
        if (fusion.unpools) {
            inputs.push_back(u8(pooled));
            ranges.push_back({0, 4});
        }
        if (fusion.adds_line) {
            for (const Shape& shape : {image, Shape{image.back()}, Shape{image.back()}}) inputs.push_back(f32(shape));
        }
        if (fusion.masks) inputs.push_back(f32(image));
        cases.push_back(
            op_case(std::make_shared<ConvolutionInputGradient>(window, 1, image, fusion), inputs, std::move(ranges)));
    }
    for (const bool bias : {false, true}) {
        cases.push_back(op_case(std::make_shared<ConvolutionWeightGradient>(window, 1, bias, kernel, true),
                                {f32(image), f32(pooled), u8(pooled)}, {{}, {}, {0, 4}}));
    }
}

inline std::vector<OpCase> fused_cases() {
    std::vector<OpCase> cases;
    const auto add = [&](std::int64_t batch, const std::vector<std::int64_t>& in, std::int64_t in_channels,
                         std::int64_t out_channels, std::int64_t groups, std::int64_t size, std::int64_t stride,
                         Padding padding) {
        const Window window = window_for(in, size, stride, 1, padding);
        const Shape image = image_shape(batch, in, in_channels);
        add_tails(cases, image, out_channels, groups, window);
        if (groups == 1 && window.rank == 2 && size > 1) add_fused_gradients(cases, image, out_channels, window);
    };
    // Winograd: outputs that fill tiles, that do not, odd ones that pooling cuts.
    add(1, {18, 18}, 32, 64, 1, 3, 1, Padding::valid);
    add(1, {19, 21}, 48, 40, 1, 3, 1, Padding::same);
    add(2, {11, 13}, 64, 33, 1, 3, 1, Padding::valid);
    // The library's direct sums.
    add(1, {9, 8}, 16, 24, 1, 3, 2, Padding::same);
    add(2, {7}, 8, 8, 1, 4, 1, Padding::valid);
    // Pictures.
    add(2, {14, 13}, 3, 32, 1, 3, 2, Padding::same);
    // 1x1: more rows than panels and the other way, channels that fill no vector, every second pixel.
    add(1, {7, 7}, 40, 200, 1, 1, 1, Padding::valid);
    add(2, {15, 14}, 24, 16, 1, 1, 1, Padding::valid);
    add(1, {9, 11}, 17, 35, 1, 1, 2, Padding::valid);
    add(1, {1, 1}, 96, 300, 1, 1, 1, Padding::valid);
    add(2, {3, 4, 5}, 6, 9, 1, 1, 1, Padding::valid);
    // Depthwise: windows, strides, widths around the seven outputs at a time.
    for (const std::int64_t size : {3, 5}) {
        for (const std::int64_t stride : {1, 2}) {
            add(2, {8, 14}, 32, 32, 32, size, stride, Padding::same);
            add(1, {11, 9}, 19, 19, 19, size, stride, Padding::valid);
            add(1, {5, 5}, 8, 8, 8, size, stride, Padding::same);
        }
    }
    return cases;
}

}  // namespace markhor::ops::test
