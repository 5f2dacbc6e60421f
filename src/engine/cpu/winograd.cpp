// Winograd kernels: scratch, threads, and when they pay. Tiles are cut into as many pieces as the plan has threads,
// each with blocks and sums of its own, combined in order: a run is the same bit for bit for the same number of
// threads.
#include "engine/cpu/winograd.hpp"

#include <functional>
#include <markhor/precision.hpp>

#include "engine/cpu/pieces.hpp"
#include "engine/cpu/simd/winograd.hpp"
#include "engine/cpu/tail.hpp"

namespace markhor::cpu {
namespace {

bool is_allowed(const ConvolutionSizes& s) {
    return float32_matmul_precision() != "highest" && winograd_fuses() && s.groups == 1 &&
           ops::is_three_by_three(s.window);
}

WinogradSizes forward_sizes(const ConvolutionSizes& s) {
    return {.batch = s.batch,
            .in = {s.in[1], s.in[2]},
            .out = {s.out[1], s.out[2]},
            .pad = {s.window.pad_before[1], s.window.pad_before[2]},
            .in_channels = s.in_channels,
            .out_channels = s.out_channels};
}

// The convolution that takes the upstream gradient to the input's.
WinogradSizes gradient_sizes(const ConvolutionSizes& s) {
    return {.batch = s.batch,
            .in = {s.out[1], s.out[2]},
            .out = {s.in[1], s.in[2]},
            .pad = {2 - s.window.pad_before[1], 2 - s.window.pad_before[2]},
            .in_channels = s.out_channels,
            .out_channels = s.in_channels};
}

// Tiles of one product in registers: what is shared out between threads.
constexpr std::int64_t tiles_in_registers = 12;

std::int64_t rounded_to_registers(std::int64_t tiles) {
    return (tiles + tiles_in_registers - 1) / tiles_in_registers * tiles_in_registers;
}

// A transformed kernel that a thread's second cache does not hold beside a block of tiles.
constexpr std::int64_t large_kernel_floats = 1 << 20;

// Pieces of blocks of tiles, one for each thread of the plan.
Pieces pieces_of(const WinogradSizes& s) {
    return {(s.tiles() + winograd_block - 1) / winograd_block, 1, num_threads()};
}

// Rows of a kernel worth a thread.
std::int64_t rows_worth_a_thread(std::int64_t out_channels) {
    return std::max<std::int64_t>(1, grain / (9 * out_channels));
}

using TransformKernel = void (*)(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const float*, float*);

// What a convolution reads and does with its sums.
struct Work {
    WinogradImage image;
    WinogradTail tail;
};

using RunForward = std::function<void(const KernelArguments&, const Work&)>;

// Each thread takes tiles of its own all the way.
RunForward run_apart(const WinogradSizes& s, Scratch& scratch) {
    const Pieces pieces((s.tiles() + tiles_in_registers - 1) / tiles_in_registers, 1, num_threads());
    const std::int64_t width = winograd_width(s.out_channels);
    const std::size_t v = scratch.take(pieces.count * winograd_block_floats(s.in_channels));
    const std::size_t m = scratch.take(pieces.count * winograd_block_floats(width));
    return [=](const KernelArguments& a, const Work& work) {
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            winograd_forward(s, first * tiles_in_registers, std::min(last * tiles_in_registers, s.tiles()), work.image,
                             reinterpret_cast<const float*>(a.prepared), work.tail, a.out<float>(0),
                             Scratch::at(a, v) + piece * winograd_block_floats(s.in_channels),
                             Scratch::at(a, m) + piece * winograd_block_floats(width));
        });
    };
}

// All threads work on one block, a step at a time: first they share its tiles, then the 36 matrices, then the tiles.
RunForward run_together(const WinogradSizes& s, Scratch& scratch) {
    const std::int64_t size = std::min(winograd_shared_block, rounded_to_registers(s.tiles()));
    const std::size_t v = scratch.take(winograd_block_floats(s.in_channels, size));
    const std::size_t m = scratch.take(winograd_block_floats(winograd_width(s.out_channels), size));
    const std::size_t seen = scratch.take<std::uint64_t>(size);
    return [=](const KernelArguments& a, const Work& work) {
        WinogradBlock block{
            .size = size, .v = Scratch::at(a, v), .m = Scratch::at(a, m), .seen = Scratch::at<std::uint64_t>(a, seen)};
        for (; block.first < s.tiles(); block.first += size) {
            block.count = std::min(size, s.tiles() - block.first);
            parallel_for(block.count, 1, [&](std::int64_t begin, std::int64_t end) {
                winograd_transform(s, block, begin, end, work.image);
            });
            parallel_for(36, 1, [&](std::int64_t begin, std::int64_t end) {
                winograd_multiply(s, block, begin, end, reinterpret_cast<const float*>(a.prepared));
            });
            parallel_for(block.count, 1, [&](std::int64_t begin, std::int64_t end) {
                winograd_finish(s, block, begin, end, work.tail, a.out<float>(0));
            });
        }
    };
}

// A kernel that does work_of(arguments), with the weights (input 1) transformed.
template <class WorkOf>
KernelPtr make_convolution(const WinogradSizes& s, TransformKernel transform_kernel, const WorkOf& work_of) {
    const std::int64_t kernel_floats = winograd_kernel_floats(s.in_channels, s.out_channels);
    Scratch scratch;
    const RunForward forward = kernel_floats >= large_kernel_floats ? run_together(s, scratch) : run_apart(s, scratch);
    const auto prepare = [=](const KernelArguments& a) {
        parallel_for(s.in_channels, rows_worth_a_thread(s.out_channels), [&](std::int64_t first, std::int64_t last) {
            transform_kernel(s.in_channels, s.out_channels, first, last, a.in<float>(1),
                             reinterpret_cast<float*>(a.prepared));
        });
    };
    return make_preparing_kernel(
        "simd winograd 4x4", static_cast<std::size_t>(kernel_floats) * sizeof(float), prepare,
        [=](const KernelArguments& a) { forward(a, work_of(a)); }, scratch.bytes());
}

}  // namespace

// Inputs x, w[, bias][, added]; outputs y[, places].
KernelPtr winograd_convolution(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail) {
    const WinogradSizes s = forward_sizes(sizes);
    const bool pools = tail.pools && is_clamp(tail.epilogue) && !tail.adds;  // in the kernel itself
    const auto work_of = [=](const KernelArguments& a) -> Work {
        return {.image = {a.in<float>(0)},
                .tail = {.bias = has_bias ? a.in<float>(2) : nullptr,
                         .added = tail.adds ? a.in<float>(has_bias ? 3 : 2) : nullptr,
                         .clamp = clamp_of(tail.epilogue),
                         .pools = pools,
                         .places = pools && tail.places ? a.out<std::uint8_t>(1) : nullptr}};
    };
    return with_tail(make_convolution(s, winograd_kernel, work_of), {s.batch, s.out[0], s.out[1], s.out_channels},
                     tail.epilogue, tail.pools && !pools);
}

// Inputs dy, w[, places][, x, factor, shift][, mask].
KernelPtr winograd_input_gradient(const ConvolutionSizes& sizes, const ops::GradientFusion& fusion) {
    const std::size_t line = fusion.unpools ? 3 : 2;
    const auto work_of = [=](const KernelArguments& a) -> Work {
        Work work{.image = {a.in<float>(0), fusion.unpools ? a.in<std::uint8_t>(2) : nullptr},
                  .tail = {.mask = fusion.masks ? a.in<float>(a.inputs.size() - 1) : nullptr}};
        if (fusion.adds_line) {
            work.tail.added = a.in<float>(line);
            work.tail.added_factor = a.in<float>(line + 1);
            work.tail.bias = a.in<float>(line + 2);
        }
        return work;
    };
    return make_convolution(gradient_sizes(sizes), winograd_turned_kernel, work_of);
}

// Inputs x, dy[, places].
KernelPtr winograd_convolution_weight_gradient(const ConvolutionSizes& sizes, bool has_bias, bool unpools) {
    const WinogradSizes s = forward_sizes(sizes);
    Scratch scratch;
    const Pieces pieces = pieces_of(s);
    const std::int64_t width = winograd_width(s.out_channels);
    const std::int64_t sums_floats = winograd_kernel_floats(s.in_channels, s.out_channels);
    const std::size_t du = scratch.take(pieces.count * sums_floats);
    const std::size_t db = scratch.take(pieces.count * width);
    const std::size_t v = scratch.take(pieces.count * winograd_block_floats(s.in_channels));
    const std::size_t z = scratch.take(pieces.count * winograd_block_floats(width));
    const auto run = [=](const KernelArguments& a) {
        float* const bias = has_bias ? a.out<float>(1) : nullptr;
        const WinogradImage upstream{a.in<float>(1), unpools ? a.in<std::uint8_t>(2) : nullptr};
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            float* const kernel_sums = Scratch::at(a, du) + piece * sums_floats;
            float* const bias_sums = Scratch::at(a, db) + piece * width;
            std::fill_n(kernel_sums, sums_floats, 0.0F);
            std::fill_n(bias_sums, width, 0.0F);
            winograd_weight_sums(s, first * winograd_block, std::min(last * winograd_block, s.tiles()), a.in<float>(0),
                                 upstream, kernel_sums, bias != nullptr ? bias_sums : nullptr,
                                 Scratch::at(a, v) + piece * winograd_block_floats(s.in_channels),
                                 Scratch::at(a, z) + piece * winograd_block_floats(width));
        });
        float* const total = Scratch::at(a, du);
        parallel_for(sums_floats, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t piece = 1; piece < pieces.count; ++piece) {
                const float* const more = total + piece * sums_floats;
                for (std::int64_t i = begin; i < end; ++i) total[i] += more[i];
            }
        });
        if (a.outputs[0] != nullptr) {
            parallel_for(
                s.in_channels, rows_worth_a_thread(s.out_channels), [&](std::int64_t first, std::int64_t last) {
                    winograd_weight_gradient(s.in_channels, s.out_channels, first, last, total, a.out<float>(0));
                });
        }
        if (bias != nullptr) {
            for (std::int64_t c = 0; c < s.out_channels; ++c) {
                float sum = 0;
                for (std::int64_t piece = 0; piece < pieces.count; ++piece)
                    sum += Scratch::at(a, db)[piece * width + c];
                bias[c] = sum;
            }
        }
    };
    return make_kernel("simd winograd 4x4", run, scratch.bytes());
}

// Cycles of one core, from measurements of kernels_benchmark on a Xeon with AVX-512: the products run at 0.9 of the
// peak of two multiply-adds a cycle, oneDNN's direct sums at 0.75 (for the kernel's gradient 0.65); a vector of a
// tile's channels takes some 500 cycles to be read and transformed, 600 to be transformed back and written; a
// transformed weight 2.
constexpr double direct_efficiency = 0.75, direct_weight_efficiency = 0.65, product_efficiency = 0.9;
constexpr double cycles_to_transform = 500, cycles_to_transform_back = 600, cycles_of_a_weight = 2;

double rounded_up(std::int64_t value, std::int64_t multiple) {
    const std::int64_t whole = (value + multiple - 1) / multiple * multiple;
    return static_cast<double>(whole);
}

double multiply_adds_a_cycle() { return static_cast<double>(winograd_columns()); }

double direct_cycles(const ConvolutionSizes& s, double efficiency) {
    const double lanes = static_cast<double>(winograd_columns()) / 2;
    const auto lanes_wide = static_cast<std::int64_t>(lanes);
    return 9.0 * static_cast<double>(s.batch * s.out[1] * s.out[2]) * static_cast<double>(s.in_channels) *
           rounded_up(s.out_channels, lanes_wide) / multiply_adds_a_cycle() / efficiency;
}

double winograd_cycles(const WinogradSizes& s) {
    const double tiles = rounded_up(s.tiles(), 12);
    const auto width = static_cast<double>(winograd_width(s.out_channels));
    const auto inner = static_cast<double>(s.in_channels);
    const double vector = multiply_adds_a_cycle() / 2;
    return tiles * (36 * inner * width / multiply_adds_a_cycle() / product_efficiency +
                    cycles_to_transform * rounded_up(s.in_channels, 16) / vector +
                    cycles_to_transform_back * rounded_up(s.out_channels, 16) / vector) +
           cycles_of_a_weight * 36 * inner * width;
}

bool prefers_winograd(const ConvolutionSizes& s) {
    return is_allowed(s) && winograd_cycles(forward_sizes(s)) < direct_cycles(s, direct_efficiency);
}
bool prefers_winograd_input_gradient(const ConvolutionSizes& s) {
    return is_allowed(s) && winograd_cycles(gradient_sizes(s)) < direct_cycles(s, direct_efficiency);
}
bool prefers_winograd_weight_gradient(const ConvolutionSizes& s) {
    return is_allowed(s) && winograd_cycles(forward_sizes(s)) < direct_cycles(s, direct_weight_efficiency);
}

}  // namespace markhor::cpu
