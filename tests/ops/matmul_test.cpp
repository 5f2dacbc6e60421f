// Products of matrices: shapes, refusals, values by hand, every transposition's gradient, cost.
#include "ops/matmul.hpp"

#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

TEST(MatMul, HasAnOutputShape) {
    EXPECT_EQ(output_shape(MatMul(false, false), {f32({4, 5}), f32({5, 6})}), (Shape{4, 6}));
    EXPECT_EQ(output_shape(MatMul(true, false), {f32({5, 4}), f32({5, 6})}), (Shape{4, 6}));
    EXPECT_EQ(output_shape(MatMul(false, true), {f32({4, 5}), f32({6, 5})}), (Shape{4, 6}));
    EXPECT_EQ(output_shape(MatMul(true, true, true), {f32({5, 4}), f32({6, 5}), f32({6})}), (Shape{4, 6}));
}

TEST(MatMul, SaysWhatItCannotTake) {
    expect_refusal(MatMul(false, false), {f32({4, 5}), f32({6, 5})},
                   "the product A B of matrices (4, 5) and (6, 5) has inner sizes 5 and 6");
    expect_refusal(MatMul(false, false), {f32({4, 5, 2}), f32({5, 6})},
                   "takes two matrices; tensors of shape (4, 5, 2)");
    expect_refusal(MatMul(false, false, true), {f32({4, 5}), f32({5, 6})},
                   "takes two matrices and a bias; 2 inputs came");
    expect_refusal(MatMul(false, false, true), {f32({4, 5}), f32({5, 6}), f32({5})},
                   "the bias has shape (5,); (6,) is wanted");
}

TEST(MatMul, MultipliesTransposedOrNot) {
    const Tensor a = doubles({2, 2}, {1, 2, 3, 4});
    const Tensor b = doubles({2, 2}, {5, 6, 7, 8});
    EXPECT_EQ(run_values(MatMul(false, false), {a, b}), (std::vector<double>{19, 22, 43, 50}));
    EXPECT_EQ(run_values(MatMul(true, false), {a, b}), (std::vector<double>{26, 30, 38, 44}));
    EXPECT_EQ(run_values(MatMul(false, true), {a, b}), (std::vector<double>{17, 23, 39, 53}));
    EXPECT_EQ(run_values(MatMul(true, true), {a, b}), (std::vector<double>{23, 31, 34, 46}));
}

TEST(MatMul, AddsTheBiasAndRectifiesLast) {
    const std::vector<Tensor> inputs{doubles({1, 2}, {1, -2}), doubles({2, 2}, {1, 2, 1, 0}), doubles({2}, {0.5, 1})};
    EXPECT_EQ(run_values(MatMul(false, false, true), inputs), (std::vector<double>{-0.5, 3}));
    EXPECT_EQ(run_values(MatMul(false, false, true, Epilogue::relu), inputs), (std::vector<double>{0, 3}));
}

TEST(MatMul, AgreesWithCentralDifferences) {
    for (const bool transpose_a : {false, true}) {
        for (const bool transpose_b : {false, true}) {
            const Tensor a = random_doubles(transpose_a ? Shape{4, 3} : Shape{3, 4}, 1);
            const Tensor b = random_doubles(transpose_b ? Shape{5, 4} : Shape{4, 5}, 2);
            const Tensor bias = random_doubles({5}, 3);
            check_gradient(
                [&](Builder& builder, const std::vector<Value>& v) {
                    return matmul(builder, v[0], v[1], v[2], transpose_a, transpose_b);
                },
                {a, b, bias});
            check_gradient(
                [&](Builder& builder, const std::vector<Value>& v) {
                    return builder.add1(std::make_shared<MatMul>(transpose_a, transpose_b, false, Epilogue::relu),
                                        {v[0], v[1]});
                },
                {a, b});
        }
    }
}

TEST(MatMul, CostsTwoOperationsAnInnerElement) {
    const std::vector<TensorSpec> inputs{f32({5, 4}), f32({5, 6}), f32({6})};
    const MatMul op(true, false, true);
    EXPECT_EQ(op.cost(inputs, op.outputs(inputs)).flops, 2 * 4 * 5 * 6 + 24);
    EXPECT_EQ(op.cost(inputs, op.outputs(inputs)).bytes, 4 * (20 + 30 + 6 + 24));
}

TEST(MatMul, PrintsEveryAttribute) {
    EXPECT_EQ(MatMul(false, false).attributes(), "A B");
    EXPECT_EQ(MatMul(true, true, true, Epilogue::relu).attributes(), "A^T B^T bias relu");
}

}  // namespace
}  // namespace markhor::ops
