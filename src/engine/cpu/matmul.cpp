// The product of two matrices, by oneDNN.
#include "ops/matmul.hpp"

#include "engine/cpu/dnnl.hpp"

namespace markhor::cpu {

void add_matmul(graph::KernelTable& table) {
    table.add<ops::MatMul>([](const ops::MatMul& op, Specs inputs, Specs outputs) -> KernelPtr {
        const std::int64_t inner = inputs[0].shape[op.transpose_a ? 0 : 1];
        if (!all_float32(inputs) || outputs[0].shape.elements() == 0 || inner == 0) return nullptr;
        return dnnl_matmul({outputs[0].shape[0], inner, outputs[0].shape[1], op.transpose_a, op.transpose_b},
                           op.has_bias, op.epilogue == ops::Epilogue::relu);
    });
}

}  // namespace markhor::cpu
