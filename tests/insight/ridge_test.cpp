// Ridge regression against values by hand and against its own definition.
#include "insight/ridge.hpp"

#include <gtest/gtest.h>

#include <markhor/error.hpp>

namespace markhor::insight {
namespace {

TEST(RidgeTest, FindsALineExactly) {
    Ridge ridge(1, 1);
    for (const float x : {0.0F, 1.0F, 2.0F, 5.0F}) {
        const double y = 3.0 * x - 2.0;
        ridge.add(&x, &y);
    }
    const Ridge::Solution solution = ridge.solve(0);
    EXPECT_NEAR(solution.weights[0], 3, 1e-12);
    EXPECT_NEAR(solution.bias[0], -2, 1e-12);
}

TEST(RidgeTest, ShrinksWeightsAndNotTheBias) {
    // x = -1, 1 and y = 1, 3: variance 1, so that the weight is 1 / (1 + ridge) and the bias the mean.
    Ridge ridge(1, 1);
    for (const float x : {-1.0F, 1.0F}) {
        const double y = 2.0 + x;
        ridge.add(&x, &y);
    }
    const Ridge::Solution solution = ridge.solve(3);
    EXPECT_NEAR(solution.weights[0], 0.25, 1e-12);
    EXPECT_NEAR(solution.bias[0], 2, 1e-12);
}

TEST(RidgeTest, SolvesSeveralFeaturesAndTargets) {
    Ridge ridge(3, 2);
    std::uint32_t seed = 1;
    for (int i = 0; i < 50; ++i) {
        float x[3];
        for (float& value : x) {
            seed = seed * 1664525U + 1013904223U;
            value = static_cast<float>(seed >> 8U) / 16777216.0F;
        }
        const double y[2] = {x[0] - 2.0 * x[1] + 0.5, 4.0 * x[2] - 1.0};
        ridge.add(x, y);
    }
    const Ridge::Solution solution = ridge.solve(0);
    const double wanted[6] = {1, 0, -2, 0, 0, 4};
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(solution.weights[i], wanted[i], 1e-9);
    EXPECT_NEAR(solution.bias[0], 0.5, 1e-9);
    EXPECT_NEAR(solution.bias[1], -1, 1e-9);
}

TEST(RidgeTest, SaysWhatHasNoOneSolution) {
    EXPECT_THROW((void)Ridge(2, 1).solve(1), ValueError);
    Ridge ridge(2, 1);
    for (const float x : {1.0F, 2.0F, 3.0F}) {
        const float twice[2] = {x, 2 * x};
        const double y = x;
        ridge.add(twice, &y);
    }
    EXPECT_THROW((void)ridge.solve(0), ValueError);
    EXPECT_NO_THROW((void)ridge.solve(1e-3));
}

}  // namespace
}  // namespace markhor::insight
