// Cases of the ops that step a window over an image: convolutions, poolings and their gradients.
#pragma once

#include <algorithm>

#include "engine/engines.hpp"
#include "op_case.hpp"
#include "ops/convolution.hpp"
#include "ops/pooling.hpp"
#include "ops/resample.hpp"

namespace markhor::ops::test {

enum class Padding { valid, same, causal };

/// A window over the axes of `in`, padded as the Keras layer of that padding does.
inline Window window_for(const std::vector<std::int64_t>& in, std::int64_t size, std::int64_t stride,
                         std::int64_t dilation, Padding padding) {
    Window window{.rank = static_cast<int>(in.size())};
    for (std::size_t i = 0; i < in.size(); ++i) {
        const std::size_t axis = 3 - in.size() + i;
        window.size[axis] = size;
        window.stride[axis] = stride;
        window.dilation[axis] = dilation;
        if (padding == Padding::same) {
            const auto pads = same_padding(in[i], size, stride, dilation);
            window.pad_before[axis] = pads[0];
            window.pad_after[axis] = pads[1];
        } else if (padding == Padding::causal) {
            window.pad_before[axis] = dilation * (size - 1);
        }
    }
    return window;
}

inline Shape image_shape(std::int64_t batch, const std::vector<std::int64_t>& in, std::int64_t channels) {
    Shape shape{batch};
    for (const std::int64_t size : in) shape.push_back(size);
    shape.push_back(channels);
    return shape;
}

/// A convolution plain, with bias, with bias and relu, and both its gradients.
inline void add_convolutions(std::vector<OpCase>& cases, std::int64_t batch, const std::vector<std::int64_t>& in,
                             std::int64_t in_channels, std::int64_t out_channels, std::int64_t groups,
                             const Window& window) {
    const Shape image = image_shape(batch, in, in_channels);
    Shape kernel;
    for (std::size_t axis = 3 - in.size(); axis < 3; ++axis) kernel.push_back(window.size[axis]);
    kernel.push_back(in_channels / groups);
    kernel.push_back(out_channels);
    const Shape result = window.output(image, out_channels);

    cases.push_back(op_case(std::make_shared<Convolution>(window, groups, false), {f32(image), f32(kernel)}));
    cases.push_back(
        op_case(std::make_shared<Convolution>(window, groups, false, Epilogue::relu), {f32(image), f32(kernel)}));
    for (const Epilogue epilogue : {Epilogue::none, Epilogue::relu}) {
        cases.push_back(op_case(std::make_shared<Convolution>(window, groups, true, epilogue),
                                {f32(image), f32(kernel), f32({out_channels})}));
    }
    cases.push_back(
        op_case(std::make_shared<ConvolutionInputGradient>(window, groups, image), {f32(result), f32(kernel)}));
    for (const bool bias : {false, true}) {
        cases.push_back(op_case(std::make_shared<ConvolutionWeightGradient>(window, groups, bias, kernel),
                                {f32(image), f32(result)}));
    }
}

inline std::vector<OpCase> convolution_cases() {
    std::vector<OpCase> cases;
    const auto add = [&](std::int64_t batch, const std::vector<std::int64_t>& in, std::int64_t in_channels,
                         std::int64_t out_channels, std::int64_t groups, std::int64_t size, std::int64_t stride,
                         std::int64_t dilation, Padding padding) {
        add_convolutions(cases, batch, in, in_channels, out_channels, groups,
                         window_for(in, size, stride, dilation, padding));
    };
    // One axis.
    add(1, {9}, 1, 1, 1, 3, 1, 1, Padding::valid);
    add(4, {16}, 5, 8, 1, 4, 2, 1, Padding::same);
    add(1, {20}, 3, 17, 1, 3, 1, 4, Padding::causal);
    add(4, {7}, 8, 8, 4, 5, 1, 1, Padding::same);
    // Two axes: plain ones of every channel count that vector code finds awkward.
    for (const std::int64_t channels : {1, 3, 5, 8, 17, 32}) {
        add(1, {7, 9}, channels, 8, 1, 3, 1, 1, Padding::valid);
        add(4, {6, 5}, 3, channels, 1, 3, 1, 1, Padding::same);
    }
    add(4, {14, 14}, 32, 32, 1, 3, 1, 1, Padding::valid);
    add(1, {11, 10}, 16, 48, 1, 1, 1, 1, Padding::valid);
    add(4, {9, 8}, 8, 17, 1, 1, 2, 1, Padding::valid);
    add(1, {12, 12}, 3, 32, 1, 7, 2, 1, Padding::same);
    add(4, {8, 7}, 5, 5, 1, 3, 2, 1, Padding::same);
    add(1, {13, 12}, 4, 8, 1, 3, 1, 2, Padding::same);
    add(2, {27, 30}, 1, 32, 1, 3, 1, 1, Padding::valid);
    add(2, {20, 19}, 3, 64, 1, 7, 2, 1, Padding::same);
    add(2, {15, 18}, 64, 48, 1, 3, 1, 1, Padding::same);
    add(4, {11, 11}, 3, 5, 1, 3, 1, 3, Padding::valid);
    add(1, {5, 5}, 1, 3, 1, 2, 3, 1, Padding::same);
    add(1, {9, 9}, 2, 4, 1, 2, 3, 1, Padding::valid);
    add(1, {3, 3}, 8, 10, 1, 3, 1, 1, Padding::valid);
    // So few output channels that pixels fill vectors better.
    for (const std::int64_t channels : {1, 2, 3, 5, 6, 9, 12}) add(2, {9, 28}, 1, channels, 1, 5, 1, 1, Padding::same);
    add(3, {33, 35}, 3, 6, 1, 3, 1, 1, Padding::valid);
    add(2, {12, 50}, 2, 7, 1, 4, 1, 1, Padding::same);
    Window tall{.rank = 2, .size = {1, 4, 3}, .stride = {1, 2, 1}, .dilation = {1, 3, 1}};
    tall.pad_before = {0, 5, 1};
    tall.pad_after = {0, 9, 2};
    add_convolutions(cases, 2, {17, 32}, 3, 4, 1, tall);
    // Few enough input channels that a row of taps is one row of a matrix.
    add(3, {14, 14}, 6, 16, 1, 5, 1, 1, Padding::valid);
    add(2, {9, 13}, 8, 12, 1, 4, 1, 1, Padding::same);
    add(1, {8, 27}, 5, 16, 1, 6, 1, 1, Padding::same);
    add(1, {9, 40}, 2, 24, 1, 8, 1, 1, Padding::valid);
    tall.stride = {1, 1, 1};
    tall.size = {1, 4, 8};
    tall.pad_after = {0, 9, 7};
    add_convolutions(cases, 2, {17, 11}, 4, 20, 1, tall);
    // Groups and depthwise.
    add(4, {6, 6}, 8, 16, 2, 3, 1, 1, Padding::same);
    add(1, {6, 6}, 6, 9, 3, 3, 2, 1, Padding::valid);
    add(4, {7, 7}, 17, 17, 17, 3, 1, 1, Padding::same);
    add(1, {8, 8}, 32, 32, 32, 5, 2, 1, Padding::same);
    add(1, {5, 6}, 3, 6, 3, 3, 1, 1, Padding::same);
    // Three axes.
    add(1, {5, 6, 7}, 3, 8, 1, 3, 1, 1, Padding::same);
    add(4, {4, 5, 6}, 2, 5, 1, 2, 2, 1, Padding::valid);
    add(1, {7, 5, 6}, 4, 4, 2, 3, 1, 2, Padding::same);

    // Different along each axis, padding larger than any layer's among them.
    Window uneven{.rank = 2, .size = {1, 3, 1}, .stride = {1, 1, 2}, .dilation = {1, 2, 1}};
    uneven.pad_before = {0, 1, 0};
    uneven.pad_after = {0, 3, 1};
    add_convolutions(cases, 4, {6, 7}, 3, 8, 1, uneven);
    Window wide{.rank = 2, .size = {1, 1, 7}};
    wide.pad_before = {0, 0, 3};
    wide.pad_after = {0, 0, 3};
    add_convolutions(cases, 1, {5, 9}, 8, 8, 1, wide);
    return cases;
}

/// The two poolings over one window, and their gradients.
inline void add_poolings(std::vector<OpCase>& cases, std::int64_t batch, const std::vector<std::int64_t>& in,
                         std::int64_t channels, const Window& window) {
    const Shape image = image_shape(batch, in, channels);
    const Shape result = window.output(image, channels);
    const auto max_pool = std::make_shared<MaxPool>(window);
    cases.push_back(op_case(max_pool, {f32(image)}));
    // Few different values, so that windows hold equals and the first one has to win.
    cases.push_back(op_case(max_pool, {f32(image)}, {{-2, 2}}, [](std::vector<Tensor>& tensors) {
        tensors[0] = tensors[0].cast(DType::int32).cast(DType::float32);
    }));
    cases.push_back(op_case(std::make_shared<MaxPoolGradient>(window, image), {f32(result), u8(result)}, {},
                            [max_pool, image](std::vector<Tensor>& tensors) {
                                const Tensor x = random_tensor(f32(image), {}, 7);
                                tensors[1] = run_op(*max_pool, {x}, engine::reference())[1];
                            }));
    cases.push_back(op_case(std::make_shared<AveragePool>(window), {f32(image)}));
    cases.push_back(op_case(std::make_shared<AveragePoolGradient>(window, image), {f32(result)}));
}

inline std::vector<OpCase> pooling_cases() {
    std::vector<OpCase> cases;
    const auto add = [&](std::int64_t batch, const std::vector<std::int64_t>& in, std::int64_t channels,
                         std::int64_t size, std::int64_t stride, Padding padding) {
        add_poolings(cases, batch, in, channels, window_for(in, size, stride, 1, padding));
    };
    add(1, {9}, 3, 2, 2, Padding::valid);
    add(4, {10}, 5, 3, 1, Padding::same);
    for (const std::int64_t channels : {1, 3, 5, 8, 17, 32}) add(1, {6, 8}, channels, 2, 2, Padding::valid);
    add(4, {7, 7}, 8, 2, 2, Padding::valid);
    add(2, {11, 10}, 6, 3, 3, Padding::valid);
    add(4, {7, 9}, 5, 2, 2, Padding::same);
    add(1, {8, 8}, 17, 3, 2, Padding::same);
    add(4, {6, 5}, 3, 3, 1, Padding::valid);
    add(1, {9, 9}, 4, 2, 3, Padding::valid);
    add(1, {7, 7}, 32, 7, 7, Padding::valid);
    add(1, {16, 17}, 2, 16, 1, Padding::valid);
    add(1, {4, 6, 5}, 3, 2, 2, Padding::valid);
    add(4, {5, 4, 3}, 8, 3, 2, Padding::same);
    Window uneven{.rank = 2, .size = {1, 3, 2}, .stride = {1, 1, 2}};
    uneven.pad_before = {0, 2, 0};
    uneven.pad_after = {0, 1, 1};
    add_poolings(cases, 4, {5, 7}, 5, uneven);
    return cases;
}

inline std::vector<OpCase> resample_cases() {
    std::vector<OpCase> cases;
    const Taps taps{
        .in = 4, .first = {0, 1, 3, 3, 5, 6}, .index = {0, 0, 1, 3, 2, 3}, .weight = {1, 0.25, 0.75, 2, -1, 1}};
    cases.push_back(op_case(std::make_shared<Resample>("test", 1, taps), {f32({2, 4, 3, 5})}));
    cases.push_back(op_case(std::make_shared<Resample>("test", 2, taps), {f32({2, 3, 4, 5})}));
    cases.push_back(op_case(std::make_shared<Resample>("transposed test", 0, taps.transposed()), {f32({5, 3})}));
    const Jitter jitter{.width = 7,
                        .height = 5,
                        .angle = {-0.2, 0.2},
                        .height_zoom = {0.5, 1.5},
                        .one_zoom = true,
                        .width_shift = {-3, 3},
                        .flip_horizontally = true};
    cases.push_back(op_case(std::make_shared<RandomTransforms>(jitter, 3, 2), {i64({2})}, {{1, 1000}}));
    const Range reach{-2, 2};
    for (const Fill fill : {Fill::reflect, Fill::wrap, Fill::nearest, Fill::constant}) {
        for (const bool bilinear : {false, true}) {
            const std::vector<TensorSpec> inputs{f32({3, 5, 7, 2}), f32({3, 6})};
            cases.push_back(op_case(std::make_shared<Sample>(bilinear, fill, 0.5), inputs, {{}, reach}));
            cases.push_back(op_case(std::make_shared<SampleGradient>(bilinear, fill), inputs, {{}, reach}));
        }
    }
    return cases;
}

}  // namespace markhor::ops::test
