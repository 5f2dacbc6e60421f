// Kernels for images of few channels: scratch and threads. Sums over pieces of the output's rows, as many as the plan
// has threads, are combined in order.
#include "engine/cpu/few_channels.hpp"

#include "engine/cpu/simd/few_channels.hpp"
#include "engine/cpu/simd/pixel_lanes.hpp"
#include "engine/cpu/tail.hpp"

namespace markhor::cpu {
namespace {

FewChannelSizes sizes_of(const ConvolutionSizes& s) {
    const ops::Window& w = s.window;
    return {.batch = s.batch,
            .in = {s.in[1], s.in[2]},
            .out = {s.out[1], s.out[2]},
            .taps = {w.size[1], w.size[2]},
            .stride = {w.stride[1], w.stride[2]},
            .pad = {w.pad_before[1], w.pad_before[2]},
            .dilation = w.dilation[1],
            .in_channels = s.in_channels,
            .out_channels = s.out_channels};
}

template <class Body>
void for_pieces(const Pieces& pieces, const Body& body) {
    parallel_for(pieces.count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t piece = begin; piece < end; ++piece) body(piece, pieces.begin(piece), pieces.end(piece));
    });
}

// The pieces' sums become the gradients: `weights` of the kernel, behind them the bias's.
void write_gradients(const KernelArguments& a, const Pieces& pieces, const double* sums, std::int64_t weights,
                     std::int64_t channels, bool has_bias) {
    const auto total = [&](std::int64_t i) {
        double sum = 0;
        for (std::int64_t piece = 0; piece < pieces.count; ++piece) sum += sums[piece * (weights + channels) + i];
        return static_cast<float>(sum);
    };
    for (std::int64_t i = 0; a.outputs[0] != nullptr && i < weights; ++i) a.out<float>(0)[i] = total(i);
    for (std::int64_t c = 0; has_bias && a.outputs[1] != nullptr && c < channels; ++c) {
        a.out<float>(1)[c] = total(weights + c);
    }
}

KernelPtr pixel_lanes_convolution(const PixelLaneSizes& s, bool has_bias, ops::Epilogue epilogue) {
    const FewChannelSizes& c = s.convolution;
    const Pieces pieces(c.rows(), 1, num_threads());
    const std::int64_t floats = s.input_floats();
    Scratch scratch;
    const std::size_t input = scratch.take(pieces.count * floats);
    const auto run = [=, moves = pixel_lane_moves(s, false), clamp = clamp_of(epilogue)](const KernelArguments& a) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            pixel_lanes_forward(s, first, last, a.in<float>(0), a.in<float>(1), has_bias ? a.in<float>(2) : nullptr,
                                clamp, moves.data(), a.out<float>(0), Scratch::at(a, input) + piece * floats);
        });
    };
    return with_tail(make_kernel("simd pixel lanes", run, scratch.bytes()), {c.rows(), c.out[1], c.out_channels},
                     epilogue, false);
}

KernelPtr pixel_lanes_weight_gradient(const PixelLaneSizes& s, bool has_bias) {
    const Pieces pieces(s.convolution.rows(), 1, num_threads());
    Scratch scratch;
    const std::size_t sums = scratch.take<double>(pieces.count * s.sums());
    const std::size_t parts = scratch.take(pieces.count * s.part_floats());
    const std::size_t input = scratch.take(pieces.count * s.input_floats());
    const std::size_t upstream = scratch.take(pieces.count * s.upstream_floats());
    const auto run = [=, moves = pixel_lane_moves(s, true)](const KernelArguments& a) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            double* const own = Scratch::at<double>(a, sums) + piece * s.sums();
            std::fill_n(own, s.sums(), 0.0);
            pixel_lanes_weight_sums(s, first, last, a.in<float>(0), a.in<float>(1), moves.data(), own,
                                    Scratch::at(a, parts) + piece * s.part_floats(),
                                    Scratch::at(a, input) + piece * s.input_floats(),
                                    Scratch::at(a, upstream) + piece * s.upstream_floats());
        });
        const std::int64_t channels = s.convolution.out_channels;
        write_gradients(a, pieces, Scratch::at<double>(a, sums), s.sums() - channels, channels, has_bias);
    };
    return make_kernel("simd pixel lanes", run, scratch.bytes());
}

}  // namespace

bool has_few_channels(const ConvolutionSizes& s) {
    const ops::Window& w = s.window;
    return w.rank == 2 && s.groups == 1 && s.in_channels <= 4 && w.dilation[2] == 1 && w.size[1] <= 16 &&
           w.size[2] <= 16;
}

KernelPtr few_channels_convolution(const ConvolutionSizes& sizes, bool has_bias, ops::Epilogue epilogue) {
    const FewChannelSizes s = sizes_of(sizes);
    if (const PixelLaneSizes in_lanes = pixel_lane_sizes(s); in_lanes.lanes > 0) {
        return pixel_lanes_convolution(in_lanes, has_bias, epilogue);
    }
    const Pieces pieces(s.rows(), 1, num_threads());
    const std::int64_t row_floats = few_channels_row_floats(s);
    Scratch scratch;
    const std::size_t rows = scratch.take(pieces.count * row_floats);
    const auto prepare = [s](const KernelArguments& a) {
        few_channels_kernel(s, a.in<float>(1), reinterpret_cast<float*>(a.prepared));
    };
    const auto run = [=, clamp = clamp_of(epilogue)](const KernelArguments& a) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            few_channels_forward(s, first, last, a.in<float>(0), reinterpret_cast<const float*>(a.prepared),
                                 has_bias ? a.in<float>(2) : nullptr, clamp, a.out<float>(0),
                                 Scratch::at(a, rows) + piece * row_floats);
        });
    };
    KernelPtr kernel = make_preparing_kernel("simd few channels",
                                             static_cast<std::size_t>(few_channels_kernel_floats(s)) * sizeof(float),
                                             prepare, run, scratch.bytes());
    return with_tail(std::move(kernel), {s.rows(), s.out[1], s.out_channels}, epilogue, false);
}

KernelPtr few_channels_weight_gradient(const ConvolutionSizes& sizes, bool has_bias) {
    const FewChannelSizes s = sizes_of(sizes);
    if (const PixelLaneSizes in_lanes = pixel_lane_sizes(s); in_lanes.lanes > 0) {
        return pixel_lanes_weight_gradient(in_lanes, has_bias);
    }
    const std::int64_t width = few_channels_width(s.out_channels);
    if (width != s.out_channels) return nullptr;
    const Pieces pieces(s.rows(), 1, num_threads());
    const std::int64_t row_floats = few_channels_row_floats(s);
    const std::int64_t weights = few_channels_kernel_floats(s);
    const std::int64_t sums_of_piece = weights + width;
    Scratch scratch;
    const std::size_t sums = scratch.take<double>(pieces.count * sums_of_piece);
    const std::size_t parts = scratch.take(pieces.count * sums_of_piece);
    const std::size_t rows = scratch.take(pieces.count * row_floats);
    const auto run = [=](const KernelArguments& a) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            double* const own = Scratch::at<double>(a, sums) + piece * sums_of_piece;
            std::fill_n(own, sums_of_piece, 0.0);
            few_channels_weight_sums(s, first, last, a.in<float>(0), a.in<float>(1), own,
                                     Scratch::at(a, parts) + piece * sums_of_piece,
                                     Scratch::at(a, rows) + piece * row_floats);
        });
        write_gradients(a, pieces, Scratch::at<double>(a, sums), weights, width, has_bias);
    };
    return make_kernel("simd few channels", run, scratch.bytes());
}

}  // namespace markhor::cpu
