// The product of two matrices: by oneDNN, or for a few rows or a small matrix by kernels that read it where it lies
// (the library copies it first).
#include "ops/matmul.hpp"

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/pieces.hpp"
#include "engine/cpu/simd/few_rows.hpp"
#include "engine/cpu/simd/small_product.hpp"
#include "engine/cpu/tail.hpp"
#include "engine/cpu/tile_matmul.hpp"

namespace markhor::cpu {
namespace {

bool has_few_rows(const MatMulSizes& s) {
    return s.m <= 4 && !s.transpose_a && !s.transpose_b && s.n >= 64 && s.k * s.n >= grain;
}

KernelPtr few_rows_matmul(const MatMulSizes& s, bool has_bias, ops::Epilogue epilogue) {
    const auto run = [s, has_bias, clamp = clamp_of(epilogue)](const KernelArguments& a) {
        constexpr std::int64_t line = 16;  // floats: no two threads write to one cache line
        const std::int64_t lines = (s.n + line - 1) / line;
        parallel_for(lines, std::max<std::int64_t>(1, grain / (s.k * line)), [&](std::int64_t begin, std::int64_t end) {
            few_rows_product(s.m, s.k, s.n, begin * line, std::min(end * line, s.n), a.in<float>(0), a.in<float>(1),
                             has_bias ? a.in<float>(2) : nullptr, clamp, a.out<float>(0));
        });
    };
    return with_tail(make_kernel("simd few rows", run), {s.m, s.n}, epilogue, false);
}

// A dense layer's of a few dozen units on a small batch, and the gradient of its kernel.
bool is_small(const MatMulSizes& s) {
    const std::int64_t work = s.m * s.k * s.n;
    return !s.transpose_b && s.n >= 32 && work <= 1 << 21;
}

// Threads share a kernel by its rows, as the optimizer's step does, so that its parts stay in their cores' caches:
// those are the inner axis of a layer's product, whose partial sums are added up then, and the rows of its gradient.
KernelPtr small_matmul(const MatMulSizes& s, bool has_bias, ops::Epilogue epilogue) {
    constexpr std::int64_t least_for_threads = 1 << 19;
    const int threads = s.m * s.k * s.n < least_for_threads ? 1 : num_threads();
    const Strided whole{nullptr, s.transpose_a ? 1 : s.k, s.transpose_a ? s.m : 1};
    const bool cuts_rows = s.transpose_a;
    const Pieces pieces(cuts_rows ? s.m : s.k, 32, threads);
    PieceScratch scratch;
    const bool adds = pieces.count > 1 && !cuts_rows;
    const std::size_t part = adds ? scratch.take(s.m * s.n) : 0;
    const auto run = [=, clamp = clamp_of(epilogue)](const KernelArguments& a) {
        auto* const y = a.out<float>(0);
        const float* const bias = has_bias ? a.in<float>(2) : nullptr;
        for_pieces(pieces, [&](std::int64_t piece, std::int64_t first, std::int64_t last) {
            Strided left = whole;
            left.data = a.in<float>(0) + first * (cuts_rows ? whole.row : whole.column);
            const float* const right = a.in<float>(1);
            if (cuts_rows) return small_product(last - first, s.k, s.n, left, right, y + first * s.n);
            small_product(s.m, last - first, s.n, left, right + first * s.n, adds ? scratch.at(a, part, piece) : y);
        });
        if (!adds && !has_bias && epilogue == ops::Epilogue::none) return;
        parallel_for(s.m * s.n, adds ? 1024 : grain, [&](std::int64_t first, std::int64_t last) {
            add_parts(first, last, s.n, adds ? scratch.at(a, part, 0) : y, adds ? pieces.count : 1,
                      static_cast<std::int64_t>(scratch.step() / sizeof(float)), bias, clamp, y);
        });
    };
    return with_tail(make_kernel("simd small", run, adds ? scratch.bytes(pieces) : 0), {s.m, s.n}, epilogue, false);
}

}  // namespace

void add_matmul(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    table.add<ops::MatMul>([](const ops::MatMul& op, Specs inputs, Specs outputs) -> KernelPtr {
        const std::int64_t inner = inputs[0].shape[op.transpose_a ? 0 : 1];
        if (!all_float32(inputs) || outputs[0].shape.elements() == 0 || inner == 0) return nullptr;
        const MatMulSizes sizes{outputs[0].shape[0], inner, outputs[0].shape[1], op.transpose_a, op.transpose_b};
        if (has_few_rows(sizes)) return few_rows_matmul(sizes, op.has_bias, op.epilogue);
        return is_small(sizes) ? small_matmul(sizes, op.has_bias, op.epilogue)
                               : dnnl_matmul(sizes, op.has_bias, op.epilogue);
    });
    in_bfloat16.add<ops::MatMul>([](const ops::MatMul& op, Specs inputs, Specs outputs) -> KernelPtr {
        if (!all_bfloat16(inputs.first(2)) || !all_bfloat16(outputs) || !has_bfloat16_products()) return nullptr;
        if (!all_float32(inputs.subspan(2))) return nullptr;
        const std::int64_t inner = inputs[0].shape[op.transpose_a ? 0 : 1];
        if (outputs[0].shape.elements() == 0 || inner == 0) return nullptr;
        const MatMulSizes sizes{outputs[0].shape[0], inner,          outputs[0].shape[1],
                                op.transpose_a,      op.transpose_b, Storage::bfloat16};
        KernelPtr kernel = tile_matmul(sizes, op.has_bias, op.epilogue);
        return kernel != nullptr ? std::move(kernel) : dnnl_matmul(sizes, op.has_bias, op.epilogue);
    });
}

}  // namespace markhor::cpu
