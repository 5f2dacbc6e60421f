// Rows are worked on in blocks that stay in cache while all panels of the weights pass by. Threads share the rows or,
// where these are few, the panels; every output is one sum whoever computes it.
#include "engine/cpu/pointwise.hpp"

#include "engine/cpu/simd/pointwise.hpp"
#include "engine/cpu/tail.hpp"

namespace markhor::cpu {
namespace {

constexpr std::int64_t unit = 12;               // rows that the kernel takes at a time
constexpr std::int64_t block_floats = 1 << 18;  // of rows that stay in the second cache

std::int64_t block_rows(std::int64_t inner) {
    return std::clamp(block_floats / inner / unit, std::int64_t{1}, std::int64_t{40}) * unit;
}

// How input rows follow from output rows: one after the other, or every stride-th pixel of every stride-th line.
struct Pixels {
    explicit Pixels(const ConvolutionSizes& s)
        : channels(s.in_channels), in(s.in), out(s.out), stride(s.window.stride) {}

    bool dense() const { return stride == ops::Spatial{1, 1, 1}; }
    void gather(const float* x, std::int64_t first, std::int64_t count, float* to) const {
        for (std::int64_t row = first; row < first + count; ++row, to += channels) {
            const std::int64_t w = row % out[2], h = row / out[2] % out[1], d = row / out[2] / out[1] % out[0];
            const std::int64_t n = row / out[2] / out[1] / out[0];
            const std::int64_t at = ((n * in[0] + d * stride[0]) * in[1] + h * stride[1]) * in[2] + w * stride[2];
            std::copy_n(x + at * channels, channels, to);
        }
    }

    std::int64_t channels;
    ops::Spatial in, out, stride;
};

}  // namespace

bool is_pointwise(const ConvolutionSizes& s) {
    const ops::Spatial ones{1, 1, 1}, none{0, 0, 0};
    return s.groups == 1 && s.window.size == ones && s.window.pad_before == none && s.window.pad_after == none;
}

KernelPtr pointwise_convolution(const ConvolutionSizes& s, bool has_bias, const ops::ConvolutionTail& tail) {
    const PointwiseSizes sizes{s.in_channels, s.out_channels};
    const Pixels pixels(s);
    const std::int64_t rows = s.batch * s.out[0] * s.out[1] * s.out[2];
    const std::int64_t panels = (s.out_channels + pointwise_panel() - 1) / pointwise_panel();
    const std::int64_t units = (rows + unit - 1) / unit;
    const std::int64_t block = block_rows(s.in_channels);
    const std::int64_t threads = num_threads();
    const bool by_rows = units >= 4 * threads || panels < threads;
    // Work below this many multiply-adds is not worth a second thread.
    const std::int64_t worth = 1 << 18;
    const std::int64_t pieces = std::clamp<std::int64_t>(rows * s.in_channels * s.out_channels / worth, 1,
                                                         std::min(threads, by_rows ? units : panels));
    Scratch scratch;
    const std::size_t gathered = scratch.take(pixels.dense() ? 0 : pieces * block * s.in_channels);
    const Shape result{rows, s.out_channels};
    const auto prepare = [=](const KernelArguments& a) {
        parallel_for(panels, std::max<std::int64_t>(1, grain / (s.in_channels * pointwise_panel())),
                     [&](std::int64_t first, std::int64_t last) {
                         pointwise_pack(sizes, first, last, a.in<float>(1), reinterpret_cast<float*>(a.prepared));
                     });
    };
    const bool sweeps = !is_clamp(tail.epilogue);
    const auto run = [=, clamp = clamp_of(tail.epilogue), epilogue = tail.epilogue,
                      adds = tail.adds](const KernelArguments& a) {
        const auto* const x = a.in<float>(0);
        const float* const bias = has_bias ? a.in<float>(2) : nullptr;
        const float* const added = adds ? a.in<float>(has_bias ? 3 : 2) : nullptr;
        auto* const y = a.out<float>(0);
        const auto run_piece = [&](std::int64_t piece) {
            const std::int64_t parts = by_rows ? units : panels;
            const std::int64_t begin = parts * piece / pieces, end = parts * (piece + 1) / pieces;
            const std::int64_t first_row = by_rows ? begin * unit : 0;
            const std::int64_t last_row = by_rows ? std::min(end * unit, rows) : rows;
            const std::int64_t first_panel = by_rows ? 0 : begin;
            const std::int64_t last_panel = by_rows ? panels : end;
            const std::int64_t first_column = first_panel * pointwise_panel();
            const std::int64_t width = std::min(last_panel * pointwise_panel(), s.out_channels) - first_column;
            float* const own = Scratch::at(a, gathered) + piece * block * s.in_channels;
            for (std::int64_t row = first_row; row < last_row; row += block) {
                const std::int64_t count = std::min(block, last_row - row);
                const float* from = x + row * s.in_channels;
                if (!pixels.dense()) {
                    pixels.gather(x, row, count, own);
                    from = own;
                }
                float* const to = y + row * s.out_channels;
                pointwise(sizes, count, first_panel, last_panel, from, reinterpret_cast<const float*>(a.prepared), bias,
                          added != nullptr ? added + row * s.out_channels : nullptr, clamp, to);
                if (!sweeps) continue;
                if (width == s.out_channels) {
                    unary(sweep_of(epilogue), count * width, to, to);
                } else {
                    for (std::int64_t i = 0; i < count; ++i) {
                        float* const part = to + i * s.out_channels + first_column;
                        unary(sweep_of(epilogue), width, part, part);
                    }
                }
            }
        };
        parallel_for(pieces, 1, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t piece = first; piece < last; ++piece) run_piece(piece);
        });
    };
    return make_preparing_kernel("simd 1x1", static_cast<std::size_t>(pointwise_floats(sizes)) * sizeof(float), prepare,
                                 run, scratch.bytes());
}

}  // namespace markhor::cpu
