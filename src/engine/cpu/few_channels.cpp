// Kernels for images of few channels: scratch and threads. Sums over pieces of the rows, as many as the plan has
// threads, are combined in order.
#include "engine/cpu/few_channels.hpp"

#include "engine/cpu/pieces.hpp"
#include "engine/cpu/simd/few_channels.hpp"
#include "engine/cpu/simd/few_channels_gradient.hpp"
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

// What each piece of the rows owes a kernel's gradient and, behind it, the bias's. A piece's sums are doubles that no
// other core reads; their totals go the short way, as floats, and every thread adds up a part of them: a cache line
// takes as long from core to core as hundreds of sums.
class PieceSums {
public:
    PieceSums(const Pieces& pieces, std::int64_t weights, std::int64_t channels, PieceScratch& scratch)
        : pieces_(pieces),
          weights_(weights),
          all_(weights + channels),
          sums_(scratch.take<double>(all_)),
          totals_(scratch.take(all_)) {}

    /// Calls add(piece, first, last, sums), which adds to the sums, for all pieces; then writes the gradients.
    template <class Add>
    void run(const KernelArguments& a, const PieceScratch& scratch, bool has_bias, const Add& add) const {
        for_pieces(pieces_, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            auto* const own = scratch.at<double>(a, sums_, piece);
            std::fill_n(own, all_, 0.0);
            add(piece, first, last, own);
            std::transform(own, own + all_, scratch.at(a, totals_, piece),
                           [](double x) { return static_cast<float>(x); });
        });
        float* const weights = a.out<float>(0);
        float* const bias = has_bias ? a.out<float>(1) : nullptr;
        parallel_for(all_, 1024, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                float sum = scratch.at(a, totals_, 0)[i];
                for (std::int64_t piece = 1; piece < pieces_.count; ++piece) sum += scratch.at(a, totals_, piece)[i];
                float* const to = i < weights_ ? weights : bias;
                if (to != nullptr) to[i < weights_ ? i : i - weights_] = sum;
            }
        });
    }

private:
    Pieces pieces_;
    std::int64_t weights_, all_;
    std::size_t sums_, totals_;
};

KernelPtr pixel_lanes_convolution(const PixelLaneSizes& s, bool has_bias, ops::Epilogue epilogue) {
    const FewChannelSizes& c = s.convolution;
    const Pieces pieces(c.rows(), 1, num_threads());
    const std::int64_t floats = s.input_floats();
    PieceScratch scratch;
    const std::size_t input = scratch.take(floats);
    const auto run = [=, moves = pixel_lane_moves(s, false), clamp = clamp_of(epilogue)](const KernelArguments& a) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            pixel_lanes_forward(s, first, last, a.in<float>(0), a.in<float>(1), has_bias ? a.in<float>(2) : nullptr,
                                clamp, moves.data(), a.out<float>(0), scratch.at(a, input, piece));
        });
    };
    return with_tail(make_kernel("simd pixel lanes", run, scratch.bytes(pieces)), {c.rows(), c.out[1], c.out_channels},
                     epilogue, false);
}

KernelPtr pixel_lanes_weight_gradient(const PixelLaneSizes& s, bool has_bias) {
    const std::int64_t channels = s.convolution.out_channels;
    const Pieces pieces(s.convolution.rows(), 1, num_threads());
    PieceScratch scratch;
    const PieceSums gradients(pieces, s.sums() - channels, channels, scratch);
    const std::size_t parts = scratch.take(s.part_floats());
    const std::size_t input = scratch.take(s.input_floats());
    const std::size_t upstream = scratch.take(s.upstream_floats());
    const auto run = [=, moves = pixel_lane_moves(s, true)](const KernelArguments& a) {
        gradients.run(a, scratch, has_bias,
                      [&](std::int64_t piece, std::int64_t first, std::int64_t last, double* sums) {
                          pixel_lanes_weight_sums(s, first, last, a.in<float>(0), a.in<float>(1), moves.data(), sums,
                                                  scratch.at(a, parts, piece), scratch.at(a, input, piece),
                                                  scratch.at(a, upstream, piece));
                      });
    };
    return make_kernel("simd pixel lanes", run, scratch.bytes(pieces));
}

}  // namespace

bool has_few_channels(const ConvolutionSizes& s) {
    const ops::Window& w = s.window;
    const bool few = s.in_channels <= 4 || (s.in_channels <= 8 && s.out_channels <= 16);
    return w.rank == 2 && s.groups == 1 && few && w.dilation[2] == 1 && w.size[1] <= 16 && w.size[2] <= 16;
}

KernelPtr few_channels_convolution(const ConvolutionSizes& sizes, bool has_bias, ops::Epilogue epilogue) {
    const FewChannelSizes s = sizes_of(sizes);
    if (const PixelLaneSizes in_lanes = pixel_lane_sizes(s); in_lanes.lanes > 0) {
        return pixel_lanes_convolution(in_lanes, has_bias, epilogue);
    }
    const Pieces pieces(s.rows(), 1, num_threads());
    const std::int64_t row_floats = few_channels_row_floats(s);
    PieceScratch scratch;
    const std::size_t rows = scratch.take(row_floats);
    const auto run = [=, clamp = clamp_of(epilogue)](const KernelArguments& a, const void* packed) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            few_channels_forward(s, first, last, a.in<float>(0), static_cast<const float*>(packed),
                                 has_bias ? a.in<float>(2) : nullptr, clamp, a.out<float>(0),
                                 scratch.at(a, rows, piece));
        });
    };
    KernelPtr kernel;
    if (few_channels_are_packed(s)) {
        kernel = make_kernel(
            "simd few channels", [run](const KernelArguments& a) { run(a, a.inputs[1]); }, scratch.bytes(pieces));
    } else {
        kernel = make_preparing_kernel(
            "simd few channels", static_cast<std::size_t>(few_channels_kernel_floats(s)) * sizeof(float),
            [s](const KernelArguments& a) {
                few_channels_kernel(s, a.in<float>(1), reinterpret_cast<float*>(a.prepared));
            },
            [run](const KernelArguments& a) { run(a, a.prepared); }, scratch.bytes(pieces));
    }
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
    PieceScratch scratch;
    const PieceSums gradients(pieces, weights, width, scratch);
    const std::int64_t part_floats = weights + width;
    const std::size_t parts = scratch.take(part_floats);
    const std::size_t rows = scratch.take(row_floats);
    const auto run = [=](const KernelArguments& a) {
        gradients.run(a, scratch, has_bias,
                      [&](std::int64_t piece, std::int64_t first, std::int64_t last, double* sums) {
                          few_channels_weight_sums(s, first, last, a.in<float>(0), a.in<float>(1), sums,
                                                   scratch.at(a, parts, piece), scratch.at(a, rows, piece));
                      });
    };
    return make_kernel("simd few channels", run, scratch.bytes(pieces));
}

KernelPtr few_channels_input_gradient(const ConvolutionSizes& sizes) {
    if (!has_few_channels(sizes)) return nullptr;
    const FewChannelSizes s = sizes_of(sizes);
    const std::int64_t columns = few_channels_gradient_columns(s);
    if (columns == 0) return nullptr;
    const std::int64_t floats = few_channels_gradient_floats(s, columns);
    const Pieces pieces(s.batch * s.in[0], 1, num_threads());
    PieceScratch scratch;
    const std::size_t products = scratch.take(floats);
    const auto prepare = [s](const KernelArguments& a) {
        few_channels_gradient_kernel(s, a.in<float>(1), reinterpret_cast<float*>(a.prepared));
    };
    const auto run = [=](const KernelArguments& a) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            few_channels_gradient(s, first, last, a.in<float>(0), reinterpret_cast<const float*>(a.prepared),
                                  a.out<float>(0), scratch.at(a, products, piece));
        });
    };
    const std::int64_t packed = s.taps[0] * s.out_channels * columns;
    return make_preparing_kernel("simd few channels", static_cast<std::size_t>(packed) * sizeof(float), prepare, run,
                                 scratch.bytes(pieces));
}

}  // namespace markhor::cpu
