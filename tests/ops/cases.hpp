// The list of cases of every op there is: what an engine has to get right. See op_case.hpp for how to run one.
#pragma once

#include <iterator>

#include "cases_dense.hpp"
#include "cases_fused.hpp"
#include "cases_spatial.hpp"
#include "op_case.hpp"
#include "ops/comparison.hpp"
#include "ops/random.hpp"
#include "ops/shape_ops.hpp"
#include "ops/update.hpp"

namespace markhor::ops::test {

inline std::vector<OpCase> shape_op_cases() {
    std::vector<OpCase> cases;
    const std::vector<std::pair<Shape, std::vector<int>>> transposes = {{{3, 5}, {1, 0}},
                                                                        {{2, 4, 6, 3}, {0, 3, 1, 2}},
                                                                        {{2, 3, 4, 6}, {0, 2, 3, 1}},
                                                                        {{2, 3, 4, 5, 6}, {4, 2, 0, 1, 3}},
                                                                        {{7}, {0}},
                                                                        {{}, {}}};
    cases.reserve(transposes.size());
    for (const auto& [shape, permutation] : transposes) {
        cases.push_back(op_case(std::make_shared<Transpose>(permutation), {f32(shape)}));
    }
    cases.push_back(
        op_case(std::make_shared<Concatenate>(3), {f32({2, 3, 3, 5}), f32({2, 3, 3, 1}), f32({2, 3, 3, 8})}));
    cases.push_back(op_case(std::make_shared<Concatenate>(0), {f32({2, 3}), f32({4, 3})}));
    cases.push_back(op_case(std::make_shared<Concatenate>(1), {f32({2, 3, 2}), f32({2, 1, 2})}));
    cases.push_back(op_case(std::make_shared<Concatenate>(0), {f32({5})}));
    using Sizes = std::vector<std::int64_t>;
    cases.push_back(op_case(std::make_shared<Slice>(Sizes{1, 0, 2}, Sizes{3, 4, 5}), {f32({4, 4, 6})}));
    cases.push_back(op_case(std::make_shared<Slice>(Sizes{0, 1, 1, 0}, Sizes{2, 6, 7, 3}), {f32({2, 7, 8, 3})}));
    cases.push_back(op_case(std::make_shared<Pad>(Sizes{0, 1, 2, 0}, Sizes{0, 0, 1, 0}), {f32({2, 5, 6, 3})}));
    cases.push_back(op_case(std::make_shared<Pad>(Sizes{1}, Sizes{3}), {f32({4})}));
    const Range bytes{0, 255};
    cases.push_back(op_case(std::make_shared<Cast>(DType::float32), {u8({4, 17})}, {bytes}));
    cases.push_back(op_case(std::make_shared<Cast>(DType::float32), {i32({4, 17})}, {{-100, 100}}));
    cases.push_back(op_case(std::make_shared<Cast>(DType::int32), {f32({4, 17})}, {{-100, 100}}));
    cases.push_back(op_case(std::make_shared<Cast>(DType::uint8), {f32({4, 17})}, {bytes}));
    cases.push_back(op_case(std::make_shared<Cast>(DType::float64), {f32({4, 17})}));
    cases.push_back(op_case(std::make_shared<Cast>(DType::float32), {f32({4, 17})}));
    return cases;
}

inline std::vector<OpCase> comparison_cases() {
    std::vector<OpCase> cases;
    for (const Comparison kind :
         {Comparison::equal, Comparison::not_equal, Comparison::greater, Comparison::greater_equal}) {
        cases.push_back(op_case(std::make_shared<Compare>(kind), {f32({4, 5}), f32({4, 1})}));
    }
    for (const double exponent : {0.0, 0.5, 2.0}) {
        cases.push_back(op_case(std::make_shared<Power>(exponent), {f32({4, 17})}, {{0, 3}}));
    }
    return cases;
}

inline std::vector<OpCase> random_cases() {
    std::vector<OpCase> cases;
    const TensorSpec seed = i64({2});
    const Range seeds{1, 1000};
    for (const double rate : {0.0, 0.3, 0.5, 1.0}) {
        cases.push_back(op_case(std::make_shared<Dropout>(rate, Shape{4, 33}, 1), {f32({4, 33}), seed}, {{}, seeds}));
    }
    cases.push_back(
        op_case(std::make_shared<Dropout>(0.25, Shape{4, 1, 1, 5}, 2), {f32({4, 6, 6, 5}), seed}, {{}, seeds}));
    cases.push_back(op_case(std::make_shared<Dropout>(0.25, Shape{1, 17}, 0), {f32({8, 17}), seed}, {{}, seeds}));
    for (const NoiseKind kind : {NoiseKind::uniform, NoiseKind::normal}) {
        cases.push_back(op_case(std::make_shared<Noise>(kind, Shape{4, 9, 5}, 3), {seed}, {seeds}));
        cases.push_back(op_case(std::make_shared<Noise>(kind, Shape{3}, 0), {seed}, {seeds}));
    }
    return cases;
}

inline std::vector<OpCase> update_cases() {
    std::vector<OpCase> cases;
    const TensorSpec scalar = f32({});
    const Range rates{0.001, 0.1};
    const Range squares{0, 1};
    for (const Shape& shape : {Shape{3, 3, 5, 17}, Shape{1}, Shape{4, 8}}) {
        const TensorSpec w = f32(shape);
        cases.push_back(op_case(std::make_shared<MovingAverage>(0.99), {w, w}));
        cases.push_back(op_case(std::make_shared<SgdStep>(0.0, false), {w, w, scalar}, {{}, {}, rates}));
        for (const bool nesterov : {false, true}) {
            cases.push_back(op_case(std::make_shared<SgdStep>(0.9, nesterov), {w, w, w, scalar}, {{}, {}, {}, rates}));
        }
        cases.push_back(
            op_case(std::make_shared<AdamStep>(0.9, 0.999, 1e-7), {w, w, w, w, scalar}, {{}, {}, squares, {}, rates}));
    }
    return cases;
}

inline std::vector<OpCase> all_op_cases() {
    std::vector<OpCase> all;
    for (auto make : {convolution_cases, fused_cases, pooling_cases, elementwise_cases, reduction_cases, softmax_cases,
                      sparsemax_cases, normalization_cases, matmul_cases, shape_op_cases, comparison_cases,
                      random_cases, resample_cases, update_cases}) {
        std::vector<OpCase> family = make();
        std::move(family.begin(), family.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace markhor::ops::test
