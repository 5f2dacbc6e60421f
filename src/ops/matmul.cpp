// The rules of the matrix product: shapes, gradient, cost. Kernels are in engine/.
#include "ops/matmul.hpp"

#include "ops/check.hpp"
#include "ops/elementwise.hpp"
#include "ops/reduction.hpp"

namespace markhor::ops {

std::string MatMul::attributes() const {
    std::string result = std::string(transpose_a ? "A^T" : "A") + (transpose_b ? " B^T" : " B");
    if (has_bias) result += " bias";
    return result + describe(epilogue);
}

std::vector<TensorSpec> MatMul::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, has_bias ? 3 : 2, has_bias ? "two matrices and a bias" : "two matrices");
    check_floating(inputs);
    const Shape& a = inputs[0].shape;
    const Shape& b = inputs[1].shape;
    if (a.rank() != 2 || b.rank() != 2) {
        throw ShapeError("takes two matrices; tensors of shape " + a.str() + " and " + b.str() + " came");
    }
    const std::int64_t rows = a[transpose_a ? 1 : 0];
    const std::int64_t inner_a = a[transpose_a ? 0 : 1];
    const std::int64_t inner_b = b[transpose_b ? 1 : 0];
    const std::int64_t columns = b[transpose_b ? 0 : 1];
    if (inner_a != inner_b) {
        throw ShapeError("the product " + attributes() + " of matrices " + a.str() + " and " + b.str() +
                         " has inner sizes " + std::to_string(inner_a) + " and " + std::to_string(inner_b));
    }
    if (has_bias) check_shape(inputs[2], {columns}, "the bias");
    return {{inputs[0].dtype, {rows, columns}}};
}

std::vector<Value> MatMul::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    if (epilogue != Epilogue::none && epilogue != Epilogue::relu) return Op::gradient(context);
    Value dy = context.upstream[0];
    if (epilogue == Epilogue::relu) dy = relu_gradient(builder, dy, context.outputs[0]);
    const Value a = context.inputs[0];
    const Value b = context.inputs[1];
    std::vector<Value> gradients(context.inputs.size());
    // With Y = A B: dA = dY B^T and dB = A^T dY. A matrix that came transposed wants its gradient transposed: (dY
    // B^T)^T = B dY^T.
    if (context.wanted[0]) {
        gradients[0] = transpose_a ? matmul(builder, b, dy, {}, transpose_b, true)
                                   : matmul(builder, dy, b, {}, false, !transpose_b);
    }
    if (context.wanted[1]) {
        gradients[1] = transpose_b ? matmul(builder, dy, a, {}, true, transpose_a)
                                   : matmul(builder, a, dy, {}, !transpose_a, false);
    }
    if (has_bias && context.wanted[2]) gradients[2] = reduce(builder, Reduction::sum, dy, {0});
    return gradients;
}

Cost MatMul::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const auto inner = static_cast<double>(inputs[0].shape[transpose_a ? 0 : 1]);
    const double per_output = 2 * inner + (has_bias ? 1.0 : 0.0) + (epilogue != Epilogue::none ? 1.0 : 0.0);
    return {.flops = per_output * elements(outputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

std::string BatchMatMul::attributes() const {
    return std::string(transpose_a ? "A^T" : "A") + (transpose_b ? " B^T" : " B");
}

std::vector<TensorSpec> BatchMatMul::outputs(std::span<const TensorSpec> inputs) const {
    check_count(inputs, 2, "two stacks of matrices");
    check_floating(inputs);
    const Shape& a = inputs[0].shape;
    const Shape& b = inputs[1].shape;
    if (a.rank() != 3 || b.rank() != 3 || a[0] != b[0]) {
        throw ShapeError("takes two stacks of equally many matrices; tensors of shape " + a.str() + " and " + b.str() +
                         " came");
    }
    if (a[transpose_a ? 1 : 2] != b[transpose_b ? 2 : 1]) {
        throw ShapeError("the product " + attributes() + " of matrices " + a.str() + " and " + b.str() +
                         " has different inner sizes");
    }
    return {{inputs[0].dtype, {a[0], a[transpose_a ? 2 : 1], b[transpose_b ? 1 : 2]}}};
}

// As MatMul's.
std::vector<Value> BatchMatMul::gradient(const GradientContext& context) const {
    Builder& builder = context.builder;
    const Value dy = context.upstream[0];
    const Value a = context.inputs[0];
    const Value b = context.inputs[1];
    std::vector<Value> gradients(2);
    if (context.wanted[0]) {
        gradients[0] = transpose_a ? batch_matmul(builder, b, dy, transpose_b, true)
                                   : batch_matmul(builder, dy, b, false, !transpose_b);
    }
    if (context.wanted[1]) {
        gradients[1] = transpose_b ? batch_matmul(builder, dy, a, true, transpose_a)
                                   : batch_matmul(builder, a, dy, !transpose_a, false);
    }
    return gradients;
}

Cost BatchMatMul::cost(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs) const {
    const auto inner = static_cast<double>(inputs[0].shape[transpose_a ? 1 : 2]);
    return {.flops = 2 * inner * elements(outputs[0]), .bytes = moved_bytes(inputs, outputs)};
}

Value batch_matmul(Builder& builder, Value a, Value b, bool transpose_a, bool transpose_b) {
    return builder.add1(std::make_shared<BatchMatMul>(transpose_a, transpose_b), {a, b});
}

Value matmul(Builder& builder, Value a, Value b, Value bias, bool transpose_a, bool transpose_b) {
    std::vector<Value> inputs{a, b};
    if (bias) inputs.push_back(bias);
    return builder.add1(std::make_shared<MatMul>(transpose_a, transpose_b, static_cast<bool>(bias)), std::move(inputs));
}

}  // namespace markhor::ops
