// The product of two matrices: by oneDNN, or for a few rows by a kernel that reads the large matrix where it lies (the
// library copies it first).
#include "ops/matmul.hpp"

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/dnnl.hpp"
#include "engine/cpu/simd/few_rows.hpp"
#include "engine/cpu/tail.hpp"

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

}  // namespace

void add_matmul(graph::KernelTable& table, graph::KernelTable& in_bfloat16) {
    table.add<ops::MatMul>([](const ops::MatMul& op, Specs inputs, Specs outputs) -> KernelPtr {
        const std::int64_t inner = inputs[0].shape[op.transpose_a ? 0 : 1];
        if (!all_float32(inputs) || outputs[0].shape.elements() == 0 || inner == 0) return nullptr;
        const MatMulSizes sizes{outputs[0].shape[0], inner, outputs[0].shape[1], op.transpose_a, op.transpose_b};
        return has_few_rows(sizes) ? few_rows_matmul(sizes, op.has_bias, op.epilogue)
                                   : dnnl_matmul(sizes, op.has_bias, op.epilogue);
    });
    in_bfloat16.add<ops::MatMul>([](const ops::MatMul& op, Specs inputs, Specs outputs) -> KernelPtr {
        if (!all_bfloat16(inputs.first(2)) || !all_bfloat16(outputs) || !has_bfloat16_products()) return nullptr;
        if (!all_float32(inputs.subspan(2))) return nullptr;
        const std::int64_t inner = inputs[0].shape[op.transpose_a ? 0 : 1];
        if (outputs[0].shape.elements() == 0 || inner == 0) return nullptr;
        return dnnl_matmul(
            {outputs[0].shape[0], inner, outputs[0].shape[1], op.transpose_a, op.transpose_b, Storage::bfloat16},
            op.has_bias, op.epilogue);
    });
}

}  // namespace markhor::cpu
