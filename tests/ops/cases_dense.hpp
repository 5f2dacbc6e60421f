// Cases of the ops that know no window: elementwise functions, reductions, softmax and cross-entropy, normalization,
// matmul.
#pragma once

#include <limits>

#include "engine/engines.hpp"
#include "op_case.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/normalization.hpp"
#include "ops/reduction.hpp"
#include "ops/softmax.hpp"
#include "ops/sparsemax.hpp"

namespace markhor::ops::test {

/// A unary function's attributes and where it is smooth and defined.
struct UnaryCase {
    UnaryKind kind;
    double a = 0, b = 0, c = 0;
    Range range = {-4, 4};
};

inline std::vector<UnaryCase> unary_functions() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    using enum UnaryKind;
    return {{relu, infinity},
            {relu, 6, 0, 0, {-3, 9}},
            {relu, infinity, 0.3},
            {relu, 2, 0.2, 0.5},
            {relu, infinity, 0, 1},
            {sigmoid, 0, 0, 0, {-30, 30}},
            {sigmoid},
            {tanh, 0, 0, 0, {-12, 12}},
            {tanh, 0, 0, 0, {-0.5, 0.5}},
            {softplus, 0, 0, 0, {-30, 30}},
            {softsign},
            {elu, 1},
            {elu, 0.5},
            {selu},
            {gelu},
            {gelu, 1},
            {silu, 0, 0, 0, {-20, 20}},
            {hard_sigmoid, 0, 0, 0, {-5, 5}},
            {mish, 0, 0, 0, {-20, 20}},
            {exponential},
            {log_sigmoid, 0, 0, 0, {-30, 30}},
            {log, 0, 0, 0, {0.1, 10}},
            {sqrt, 0, 0, 0, {0.1, 10}},
            {square},
            {absolute},
            {negate},
            {reciprocal, 0, 0, 0, {0.5, 4}},
            {scale, 2.5, -1},
            {scale, -1, 0},
            {clip, -1, 2},
            {celu, 1.5},
            {hard_silu, 0, 0, 0, {-5, 5}},
            {hard_shrink, 0.5},
            {soft_shrink, 0.5},
            {sparse_plus, 0, 0, 0, {-2, 2}},
            {sparse_sigmoid, 0, 0, 0, {-2, 2}},
            {threshold, 0.5, -1}};
}

inline std::vector<OpCase> elementwise_cases() {
    std::vector<OpCase> cases;
    for (const UnaryCase& u : unary_functions()) {
        const auto function = std::make_shared<Unary>(u.kind, u.a, u.b, u.c);
        const auto gradient = std::make_shared<UnaryGradient>(u.kind, u.a, u.b, u.c);
        for (const Shape& shape : {Shape{1}, Shape{4, 17}, Shape{2, 9, 9, 5}}) {
            cases.push_back(op_case(function, {f32(shape)}, {u.range}));
            cases.push_back(op_case(gradient, {f32(shape), f32(shape)}, {{}, u.range},
                                    [function, uses_output = gradient->uses_output()](std::vector<Tensor>& tensors) {
                                        if (uses_output) {
                                            tensors[1] = run_op(*function, {tensors[1]}, engine::reference())[0];
                                        }
                                    }));
        }
    }
    const std::vector<std::pair<Shape, Shape>> broadcasts = {{{4, 17}, {4, 17}},
                                                             {{2, 5, 5, 32}, {2, 5, 5, 32}},
                                                             {{2, 5, 5, 8}, {8}},
                                                             {{8}, {2, 5, 5, 8}},
                                                             {{2, 5, 5, 8}, {2, 1, 1, 8}},
                                                             {{2, 5, 5, 8}, {2, 5, 5, 1}},
                                                             {{2, 5, 5, 8}, {}},
                                                             {{}, {3}},
                                                             {{3, 1}, {1, 4}},
                                                             {{4, 1, 3}, {2, 1}},
                                                             {{1, 5, 5, 3}, {4, 1, 1, 1}},
                                                             {{1}, {7}}};
    for (const auto& [x, y] : broadcasts) {
        for (const auto kind : {BinaryKind::add, BinaryKind::subtract, BinaryKind::multiply, BinaryKind::divide,
                                BinaryKind::maximum, BinaryKind::minimum}) {
            const Range right = kind == BinaryKind::divide ? Range{0.5, 2} : Range{};
            cases.push_back(op_case(std::make_shared<Binary>(kind), {f32(x), f32(y)}, {{}, right}));
            if (kind != BinaryKind::maximum && kind != BinaryKind::minimum) continue;
            for (const int input : {0, 1}) {
                cases.push_back(
                    op_case(std::make_shared<ExtremumGradient>(kind, input), {f32(broadcast(x, y)), f32(x), f32(y)}));
            }
        }
    }
    return cases;
}

inline std::vector<OpCase> reduction_cases() {
    std::vector<OpCase> cases;
    const std::vector<std::pair<Shape, std::vector<int>>> reductions = {{{4, 7, 6, 5}, {1, 2}},
                                                                        {{1, 3, 3, 17}, {1, 2}},
                                                                        {{4, 2, 2, 32}, {1, 2}},
                                                                        {{4, 9, 8}, {1}},
                                                                        {{2, 3, 4, 3, 5}, {1, 2, 3}},
                                                                        {{4, 17}, {1}},
                                                                        {{4, 17}, {0}},
                                                                        {{4, 3, 5}, {0, 1, 2}},
                                                                        {{4, 3, 5}, {1, 2}},
                                                                        {{4, 3, 5}, {0, 2}},
                                                                        {{6}, {0}},
                                                                        {{4, 3, 5}, {}},
                                                                        {{}, {}},
                                                                        {{4, 5, 6, 8}, {0, 1, 2}}};
    for (const auto& [shape, axes] : reductions) {
        for (const bool keepdims : {false, true}) {
            for (const auto kind : {Reduction::sum, Reduction::mean, Reduction::max}) {
                const auto op = std::make_shared<Reduce>(kind, axes, keepdims);
                cases.push_back(op_case(op, {f32(shape)}));
                const Shape reduced = op->outputs(std::vector{f32(shape)})[0].shape;
                if (kind == Reduction::mean) {
                    cases.push_back(op_case(std::make_shared<BroadcastTo>(shape, axes, 0.25), {f32(reduced)}));
                } else if (kind == Reduction::max) {
                    // Few different values, so that maxima are shared.
                    cases.push_back(op_case(std::make_shared<ReduceMaxGradient>(axes),
                                            {f32(reduced), f32(shape), f32(reduced)}, {{}, {-3, 3}},
                                            [op](std::vector<Tensor>& tensors) {
                                                tensors[1] = tensors[1].cast(DType::int32).cast(DType::float32);
                                                tensors[2] = run_op(*op, {tensors[1]}, engine::reference())[0];
                                            }));
                }
            }
        }
    }
    return cases;
}

inline std::vector<OpCase> softmax_cases() {
    std::vector<OpCase> cases;
    for (const Shape& shape : {Shape{4, 10}, Shape{1, 17}, Shape{2, 3, 3, 5}, Shape{3, 1}, Shape{8}, Shape{128, 10}}) {
        const auto classes = static_cast<double>(shape.back());
        const Shape rows(std::vector<std::int64_t>(shape.begin(), shape.end() - 1));
        for (const bool log : {false, true}) {
            const auto op = std::make_shared<Softmax>(log);
            cases.push_back(op_case(op, {f32(shape)}, {{-20, 20}}));
            cases.push_back(op_case(std::make_shared<SoftmaxGradient>(log), {f32(shape), f32(shape)}, {{}, {-3, 3}},
                                    [op](std::vector<Tensor>& tensors) {
                                        tensors[1] = run_op(*op, {tensors[1]}, engine::reference())[0];
                                    }));
        }
        for (const bool sparse : {false, true}) {
            const TensorSpec labels = sparse ? i32(rows) : f32(shape);
            const Range drawn = sparse ? Range{0, classes} : Range{0, 1};
            cases.push_back(
                op_case(std::make_shared<SoftmaxCrossEntropy>(sparse), {f32(shape), labels}, {{-20, 20}, drawn}));
            cases.push_back(op_case(std::make_shared<SoftmaxCrossEntropyGradient>(sparse),
                                    {f32(rows), f32(shape), labels}, {{}, {0, 1}, drawn}));
        }
        cases.push_back(
            op_case(std::make_shared<SigmoidCrossEntropy>(), {f32(shape), f32(shape)}, {{-20, 20}, {0, 1}}));
        cases.push_back(op_case(std::make_shared<PickLast>(), {f32(shape), i32(rows)}, {{}, {0, classes}}));
        cases.push_back(
            op_case(std::make_shared<PickLastGradient>(shape.back()), {f32(rows), i32(rows)}, {{}, {0, classes}}));
    }
    return cases;
}

inline std::vector<OpCase> normalization_cases() {
    std::vector<OpCase> cases;
    for (const Shape& shape : {Shape{16, 10}, Shape{4, 5, 5, 8}, Shape{1, 7, 7, 3}, Shape{4, 6, 6, 32},
                               Shape{2, 9, 9, 17}, Shape{4, 12, 5}, Shape{2, 3, 4, 5, 5}, Shape{8, 1, 1, 1}}) {
        const TensorSpec x = f32(shape);
        const TensorSpec channel = f32({shape.back()});
        const Range images{-1, 3};
        const Range scales{0.5, 1.5};
        for (const double epsilon : {1e-3, 1e-5}) {
            const auto training = std::make_shared<BatchNormTraining>(epsilon);
            cases.push_back(op_case(training, {x, channel, channel}, {images, scales, {}}));
            cases.push_back(op_case(
                std::make_shared<BatchNormTrainingGradient>(epsilon), {x, x, channel, channel, channel},
                {{}, images, scales}, [training](std::vector<Tensor>& tensors) {
                    const auto results = run_op(*training, {tensors[1], tensors[2], tensors[2]}, engine::reference());
                    tensors[3] = results[1];
                    tensors[4] = results[2];
                }));
            cases.push_back(op_case(std::make_shared<BatchNormInference>(epsilon),
                                    {x, channel, channel, channel, channel}, {images, scales, {}, {}, scales}));
            cases.push_back(op_case(std::make_shared<BatchNormInferenceGradient>(epsilon),
                                    {x, x, channel, channel, channel}, {{}, images, scales, {}, scales}));
        }
    }
    return cases;
}

inline std::vector<OpCase> sparsemax_cases() {
    std::vector<OpCase> cases;
    for (const Shape& shape : {Shape{4, 9}, Shape{2, 3, 17}, Shape{5, 1}}) {
        cases.push_back(op_case(std::make_shared<Sparsemax>(), {f32(shape)}));
        cases.push_back(op_case(std::make_shared<SparsemaxGradient>(), {f32(shape), f32(shape)}));
    }
    return cases;
}

inline std::vector<OpCase> matmul_cases() {
    std::vector<OpCase> cases;
    struct Sizes {
        std::int64_t m, k, n;
    };
    for (const auto& [m, k, n] :
         {Sizes{1, 32, 10}, Sizes{4, 5, 3}, Sizes{128, 64, 10}, Sizes{17, 1, 8}, Sizes{8, 33, 1}, Sizes{1, 1, 1},
          Sizes{32, 300, 17}, Sizes{13, 101, 35}, Sizes{2, 40, 64}, Sizes{33, 211, 120}}) {
        for (const bool transpose_a : {false, true}) {
            for (const bool transpose_b : {false, true}) {
                const TensorSpec a = f32(transpose_a ? Shape{k, m} : Shape{m, k});
                const TensorSpec b = f32(transpose_b ? Shape{n, k} : Shape{k, n});
                for (const Epilogue epilogue : {Epilogue::none, Epilogue::relu}) {
                    cases.push_back(
                        op_case(std::make_shared<MatMul>(transpose_a, transpose_b, false, epilogue), {a, b}));
                    cases.push_back(
                        op_case(std::make_shared<MatMul>(transpose_a, transpose_b, true, epilogue), {a, b, f32({n})}));
                }
            }
        }
    }
    // A few rows with a large matrix, whose sizes fill no vectors in the second case.
    for (const auto& [m, k, n] : {Sizes{1, 512, 128}, Sizes{3, 155, 333}}) {
        for (const Epilogue epilogue : {Epilogue::none, Epilogue::relu6, Epilogue::silu}) {
            cases.push_back(
                op_case(std::make_shared<MatMul>(false, false, true, epilogue), {f32({m, k}), f32({k, n}), f32({n})}));
        }
    }
    for (const bool transpose_a : {false, true}) {
        for (const bool transpose_b : {false, true}) {
            const TensorSpec a = f32(transpose_a ? Shape{3, 7, 4} : Shape{3, 4, 7});
            const TensorSpec b = f32(transpose_b ? Shape{3, 5, 7} : Shape{3, 7, 5});
            cases.push_back(op_case(std::make_shared<BatchMatMul>(transpose_a, transpose_b), {a, b}));
        }
    }
    return cases;
}

}  // namespace markhor::ops::test
