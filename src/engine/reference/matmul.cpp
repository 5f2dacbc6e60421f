// The product of two matrices: one double sum an element.
#include "ops/matmul.hpp"

#include "kernels.hpp"

namespace markhor::engine::plain {
namespace {

// A matrix, stored transposed or not: where its element (row, column) lies.
struct Layout {
    std::int64_t row_stride, column_stride;
};

Layout layout_of(const Shape& stored, bool transposed) {
    return transposed ? Layout{1, stored[1]} : Layout{stored[1], 1};
}

KernelPtr make_batch_matmul(const ops::BatchMatMul& op, Specs inputs, Specs outputs) {
    const auto matrix = [](const Shape& stack) { return Shape{stack[1], stack[2]}; };
    const Layout a = layout_of(matrix(inputs[0].shape), op.transpose_a);
    const Layout b = layout_of(matrix(inputs[1].shape), op.transpose_b);
    const std::int64_t a_size = matrix(inputs[0].shape).elements();
    const std::int64_t b_size = matrix(inputs[1].shape).elements();
    const std::int64_t inner = inputs[0].shape[op.transpose_a ? 1 : 2];
    const Shape result = outputs[0].shape;
    return floating_kernel(inputs[0].dtype, [=]<class T>(const KernelArguments& arguments) {
        for (std::int64_t i = 0; i < result.elements(); ++i) {
            const std::int64_t n = i % result[2];
            const std::int64_t m = i / result[2] % result[1];
            const std::int64_t batch = i / (result[2] * result[1]);
            const T* const left = arguments.in<T>(0) + batch * a_size + m * a.row_stride;
            const T* const right = arguments.in<T>(1) + batch * b_size + n * b.column_stride;
            double sum = 0;
            for (std::int64_t k = 0; k < inner; ++k) {
                sum += static_cast<double>(left[k * a.column_stride]) * static_cast<double>(right[k * b.row_stride]);
            }
            arguments.out<T>(0)[i] = static_cast<T>(sum);
        }
    });
}

}  // namespace

void add_matmul(graph::KernelTable& table) {
    table.add<ops::BatchMatMul>(make_batch_matmul);
    table.add<ops::MatMul>([](const ops::MatMul& op, Specs inputs, Specs outputs) {
        const Layout a = layout_of(inputs[0].shape, op.transpose_a);
        const Layout b = layout_of(inputs[1].shape, op.transpose_b);
        const std::int64_t inner = inputs[0].shape[op.transpose_a ? 0 : 1];
        const bool has_bias = op.has_bias;
        const ops::Epilogue epilogue = op.epilogue;
        const Shape result = outputs[0].shape;
        return floating_kernel(inputs[0].dtype, [=]<class T>(const KernelArguments& arguments) {
            const T* const left = arguments.in<T>(0);
            const T* const right = arguments.in<T>(1);
            for (std::int64_t m = 0; m < result[0]; ++m) {
                for (std::int64_t n = 0; n < result[1]; ++n) {
                    double sum = has_bias ? static_cast<double>(arguments.in<T>(2)[n]) : 0.0;
                    for (std::int64_t k = 0; k < inner; ++k) {
                        sum += static_cast<double>(left[m * a.row_stride + k * a.column_stride]) *
                               static_cast<double>(right[k * b.row_stride + n * b.column_stride]);
                    }
                    arguments.out<T>(0)[m * result[1] + n] = static_cast<T>(apply(epilogue, sum));
                }
            }
        });
    });
}

}  // namespace markhor::engine::plain
