#include "engine/cpu/depthwise.hpp"

#include "engine/cpu/simd/depthwise.hpp"
#include "engine/cpu/tail.hpp"

namespace markhor::cpu {

bool is_depthwise(const ConvolutionSizes& s) {
    const ops::Window& w = s.window;
    return w.rank == 2 && s.groups == s.in_channels && s.out_channels == s.in_channels && s.in_channels > 1 &&
           w.size[1] == w.size[2] && (w.size[1] == 3 || w.size[1] == 5) && w.stride[1] == w.stride[2] &&
           w.stride[1] <= 2 && w.dilation == ops::Spatial{1, 1, 1};
}

KernelPtr depthwise_convolution(const ConvolutionSizes& s, bool has_bias, ops::Epilogue epilogue) {
    const DepthwiseSizes sizes{.batch = s.batch,
                               .channels = s.in_channels,
                               .taps = s.window.size[1],
                               .stride = s.window.stride[1],
                               .in = {s.in[1], s.in[2]},
                               .out = {s.out[1], s.out[2]},
                               .pad = {s.window.pad_before[1], s.window.pad_before[2]}};
    const std::int64_t row_floats = sizes.out[1] * sizes.channels;
    Scratch scratch;
    const std::size_t zeros = scratch.take(sizes.channels);
    const auto run = [=, clamp = clamp_of(epilogue), sweeps = !is_clamp(epilogue)](const KernelArguments& a) {
        float* const nothing = Scratch::at(a, zeros);
        std::fill_n(nothing, sizes.channels, 0.0F);
        parallel_for(sizes.rows(), std::max<std::int64_t>(1, grain / row_floats),
                     [&](std::int64_t first, std::int64_t last) {
                         for (std::int64_t row = first; row < last; ++row) {
                             depthwise(sizes, row, row + 1, a.in<float>(0), a.in<float>(1),
                                       has_bias ? a.in<float>(2) : nullptr, nothing, clamp, a.out<float>(0));
                             float* const done = a.out<float>(0) + row * row_floats;
                             if (sweeps) unary(sweep_of(epilogue), row_floats, done, done);
                         }
                     });
    };
    return make_kernel("simd depthwise", run, scratch.bytes());
}

}  // namespace markhor::cpu
